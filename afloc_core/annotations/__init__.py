"""Readers' marks: shapes, documents, one module per file format, and the review store."""
