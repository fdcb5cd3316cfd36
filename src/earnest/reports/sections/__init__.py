"""Sections of the campaign report: each turns the story into blocks, worded for one language."""
