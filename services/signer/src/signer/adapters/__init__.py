"""The ports made real: SQL, key encryption, cryptography, the audit."""
