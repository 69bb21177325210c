-- migrate:up
-- Instants are milliseconds since 1970-01-01T00:00:00Z.
create table accounts (
    id text primary key,
    name text not null,
    api_keys_enabled integer not null,
    suspended_at integer,
    max_active_keys integer,
    version integer not null,
    created_at integer not null,
    updated_at integer not null
);

create table api_keys (
    id text primary key,
    account_id text not null references accounts (id),
    name text not null,
    description text,
    key_prefix text not null,
    key_hash blob not null unique,
    pepper_id text,
    environment text not null,
    role text,
    permissions text,
    wallet_scope text not null,
    wallet_bindings text not null,
    signing_wallet_id text,
    allowed_ips text,
    rate_requests integer,
    rate_window_seconds integer,
    expires_at integer,
    line_id text not null,
    rotated_from text,
    rotated_to text,
    rotation_deadline integer,
    disabled_at integer,
    revoked_at integer,
    revoked_by text,
    revoked_change integer,
    created_by text not null,
    created_at integer not null,
    updated_at integer not null,
    version integer not null
);
create index api_keys_by_account on api_keys (account_id, id);
create index api_keys_by_prefix on api_keys (key_prefix);
create index api_keys_by_creator on api_keys (created_by);
create index api_keys_by_line on api_keys (line_id);

create table wallets (
    account_id text not null references accounts (id),
    id text not null,
    kind text not null,
    label text,
    created_at integer not null,
    proven_at integer,
    primary key (account_id, id)
);
create index wallets_by_id on wallets (id);
create unique index wallets_external on wallets (id) where kind = 'external';

create table wallet_challenges (
    nonce text primary key,
    account_id text not null references accounts (id),
    address text not null,
    message text not null,
    expires_at integer not null
);

create table people (
    id text primary key,
    account_id text not null references accounts (id),
    email text not null,
    role text not null,
    issuer text,
    subject text,
    created_at integer not null,
    unique (account_id, email),
    unique (account_id, issuer, subject)
);

create table operators (
    id text primary key,
    name text not null unique,
    token_hash blob not null unique,
    created_at integer not null
);

create table audit_entries (
    id text primary key,
    at integer not null,
    actor_type text not null,
    actor_id text not null,
    actor_name text not null,
    action text not null,
    account_id text,
    key_id text,
    ip text,
    request_id text,
    before text,
    after text
);
create index audit_by_account on audit_entries (account_id, id);
create index audit_by_key on audit_entries (key_id, id);
create index audit_by_actor on audit_entries (actor_id, id);
create index audit_by_time on audit_entries (at);

create table idempotency (
    actor_id text not null,
    route text not null,
    idempotency_key text not null,
    request_hash blob not null,
    status integer,
    body text,
    created_at integer not null,
    primary key (actor_id, route, idempotency_key)
);
create index idempotency_by_time on idempotency (created_at);

-- The change feed. Numbers are gapless and in commit order: each comes from the counter row, which is locked last.
create table change_counter (
    id integer primary key check (id = 1),
    head integer not null
);
insert into change_counter (id, head) values (1, 0);

create table changes (
    number integer primary key,
    id text not null,
    kind text not null,
    key_id text,
    key_hash blob,
    account_id text,
    at integer not null
);
create index changes_by_time on changes (at);

-- One row per process incarnation.
create table gateways (
    incarnation text primary key,
    instance_id text not null,
    version text not null,
    settings_hash text not null,
    state text not null,
    applied integer not null,
    renewals integer not null,
    lease_ms integer not null,
    max_staleness_ms integer not null,
    started_at integer not null,
    renewed_at integer not null
);

-- Settings that must be alike everywhere, of processes that have no row above: a mismatch shows in /readyz.
create table published_settings (
    kind text primary key,
    settings_hash text not null,
    at integer not null
);

create table acknowledgements (
    change_number integer not null,
    incarnation text not null,
    applied_after_ms integer not null,
    streams_closed integer not null,
    primary key (change_number, incarnation)
);

-- Apart from api_keys, without a foreign key: a flush never locks a key.
create table last_used (
    key_id text primary key,
    at integer not null
);

create table usage_hourly (
    key_id text not null,
    hour integer not null,
    outcome text not null,
    requests integer not null,
    primary key (key_id, hour, outcome)
);
create index usage_by_hour on usage_hourly (hour);

create table usage_batches (
    id text primary key,
    at integer not null
);

-- What each applied migration's file was; schema_migrations is dbmate's and has no room for it.
create table schema_checksums (
    version text primary key,
    checksum text not null,
    at integer not null
);

-- migrate:down
drop table schema_checksums;
drop table usage_batches;
drop table usage_hourly;
drop table last_used;
drop table acknowledgements;
drop table published_settings;
drop table gateways;
drop table changes;
drop table change_counter;
drop table idempotency;
drop table audit_entries;
drop table operators;
drop table people;
drop table wallet_challenges;
drop table wallets;
drop table api_keys;
drop table accounts;
