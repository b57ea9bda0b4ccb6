-- What the bank-adapter's database users may do, for MySQL 8 and MariaDB.
--
-- The schema is called `bank_adapter`, the user of the running service
-- `bank_adapter`, the user of migrations `bank_adapter_migrate`. Compose's
-- migrate job runs this file with passwords of its own; by hand, replace both
-- and run it as an administrator after `python -m bank_adapter migrate`.
-- The underscore of the schema is escaped: unescaped it stands for any character.

CREATE USER IF NOT EXISTS 'bank_adapter'@'%' IDENTIFIED BY 'replace-me';
CREATE USER IF NOT EXISTS 'bank_adapter_migrate'@'%' IDENTIFIED BY 'replace-me-too';

-- Rows, never tables.
GRANT SELECT, INSERT, UPDATE, DELETE ON `bank\_adapter`.* TO 'bank_adapter'@'%';

-- Migrations: used by hand or by the migrate job, never by the service.
GRANT ALL PRIVILEGES ON `bank\_adapter`.* TO 'bank_adapter_migrate'@'%';
