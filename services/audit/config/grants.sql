-- What the audit's database user may do, for MySQL 8 and MariaDB.
--
-- Run once as an administrator, after `python -m audit migrate` has made the
-- tables with a user that may. The schema is called `audit` here, the user of
-- the running service `audit`, the user of migrations `audit_migrate`.
--
-- The log and the results of verifications can be added to and read. Nobody
-- who has only the service's password can change or remove a line of them.

CREATE USER IF NOT EXISTS 'audit'@'%' IDENTIFIED BY 'replace-me';
CREATE USER IF NOT EXISTS 'audit_migrate'@'%' IDENTIFIED BY 'replace-me-too';

GRANT SELECT, INSERT ON audit.audit_event TO 'audit'@'%';
GRANT SELECT, INSERT ON audit.chain_check TO 'audit'@'%';

-- Where the stored part of the chain begins; moved by hand when old events are archived.
GRANT SELECT ON audit.chain_anchor TO 'audit'@'%';

-- One row that moves with every batch; it is made by the migration.
GRANT SELECT, UPDATE ON audit.chain_head TO 'audit'@'%';

-- A projection: it repeats the log and can be built again from it.
GRANT SELECT, INSERT, DELETE ON audit.transfer_projection TO 'audit'@'%';

-- Which migrations have run.
GRANT SELECT ON audit.alembic_version TO 'audit'@'%';

-- Migrations: used by hand or by the migrate job, never by the service.
GRANT ALL PRIVILEGES ON audit.* TO 'audit_migrate'@'%';
