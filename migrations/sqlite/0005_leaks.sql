-- migrate:up
-- Where keys were found that somebody reported: what the console tells their owner. Never the secret.
create table leaks (
    key_id text not null references api_keys (id),
    url text not null,
    account_id text not null references accounts (id),
    reporter text not null,
    source text,
    at integer not null,
    primary key (key_id, url)
);
create index leaks_by_account on leaks (account_id, at);

-- migrate:down
drop table leaks;
