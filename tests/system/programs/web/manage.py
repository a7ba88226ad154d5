"""A Django project in one file."""

import os
import sys

import django
import shop
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path


def page(request, item):
    return HttpResponse(shop.answer(item), content_type="text/plain")


if not settings.configured:
    settings.configure(
        DEBUG=True, ALLOWED_HOSTS=["*"], ROOT_URLCONF="__main__", SECRET_KEY=django.__name__, USE_TZ=True, DATABASES={}
    )
urlpatterns = [path("<item>", page)]

if __name__ == "__main__":
    sys.modules.setdefault("manage", sys.modules["__main__"])
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    execute_from_command_line(sys.argv)
