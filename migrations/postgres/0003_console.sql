-- migrate:up
-- Who is signed in to the console. Of the cookie's token only a hash is kept.
create table console_sessions (
    token_hash bytea primary key,
    issuer text not null,
    subject text not null,
    proof bytea,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null
);
create index console_sessions_by_subject on console_sessions (issuer, subject);

-- Codes of sign-in links that nobody has used yet; hashes too.
create table sign_in_codes (
    code_hash bytea primary key,
    expires_at timestamptz not null
);

-- migrate:down
drop table sign_in_codes;
drop table console_sessions;
