"""Modules shared by the scripts; standard library only."""
