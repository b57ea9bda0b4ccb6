"""The ports made real: SQL, argon2, JWT, AES, the audit."""
