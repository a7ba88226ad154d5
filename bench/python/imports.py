"""Imports twenty modules of the standard library, as the start of a real program does."""

import argparse  # noqa: F401
import ast  # noqa: F401
import asyncio  # noqa: F401
import concurrent.futures  # noqa: F401
import csv  # noqa: F401
import dataclasses  # noqa: F401
import datetime  # noqa: F401
import decimal  # noqa: F401
import difflib  # noqa: F401
import email.message  # noqa: F401
import html.parser  # noqa: F401
import http.client  # noqa: F401
import inspect  # noqa: F401
import json  # noqa: F401
import logging.config  # noqa: F401
import sqlite3  # noqa: F401
import subprocess  # noqa: F401
import tempfile  # noqa: F401
import unittest  # noqa: F401
import urllib.request  # noqa: F401
