-- migrate:up
-- Postgres gets room for the next use on each page; SQLite writes a row where it is.
select 1;

-- migrate:down
select 1;
