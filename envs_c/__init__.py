"""Environments in C: one folder each, compiled natively and to WebAssembly."""
