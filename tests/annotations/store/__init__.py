"""The review store, on files and on PostgreSQL."""
