-- What the signer's database users may do, for MySQL 8 and MariaDB.
--
-- The schema is called `signer`, the user of the running service `signer`, the
-- user of migrations `signer_migrate`. Compose's migrate job runs this file with
-- passwords of its own; by hand, replace both and run it as an administrator
-- after `python -m signer migrate`.
--
-- The journal can be added to and read. Nobody who has only the service's
-- password can change or remove a line of it.

CREATE USER IF NOT EXISTS 'signer'@'%' IDENTIFIED BY 'replace-me';
CREATE USER IF NOT EXISTS 'signer_migrate'@'%' IDENTIFIED BY 'replace-me-too';

GRANT SELECT, INSERT ON signer.journal TO 'signer'@'%';

-- One row each; the migration made them.
GRANT SELECT, UPDATE ON signer.journal_head TO 'signer'@'%';
GRANT SELECT, UPDATE ON signer.journal_relay TO 'signer'@'%';

-- Keys are sealed; a destroyed one is overwritten, its row stays.
GRANT SELECT, INSERT, UPDATE ON signer.key_ring TO 'signer'@'%';
GRANT SELECT, INSERT, UPDATE ON signer.key_profile TO 'signer'@'%';
GRANT SELECT, INSERT, UPDATE ON signer.key_version TO 'signer'@'%';

-- Forgotten once they are too old to be played again.
GRANT SELECT, INSERT, DELETE ON signer.seen_signature TO 'signer'@'%';

-- Which migrations have run.
GRANT SELECT ON signer.alembic_version TO 'signer'@'%';

-- Migrations: used by hand or by the migrate job, never by the service.
GRANT ALL PRIVILEGES ON signer.* TO 'signer_migrate'@'%';
