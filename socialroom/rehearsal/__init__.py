"""Loopback networks that speak the real APIs, and the scenarios played on them."""

from __future__ import annotations
