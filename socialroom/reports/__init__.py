"""Briefs, reports and exports."""

from __future__ import annotations
