-- migrate:up
-- Room on each page for the next version of a few of its rows: a use changes no index then, and where it is written is
-- cleared by the next one. Without it a flush costs the database twice as much, and the tables grow until vacuum comes.
-- It holds for pages from now on; "vacuum full last_used" gives it to those there are.
alter table last_used set (fillfactor = 50);
alter table usage_hourly set (fillfactor = 50);

-- migrate:down
alter table usage_hourly reset (fillfactor);
alter table last_used reset (fillfactor);
