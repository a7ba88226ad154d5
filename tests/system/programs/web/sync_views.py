"""The project of manage.py, to be served by ASGI: its view is no coroutine."""

import sys

import manage
from django.core.asgi import get_asgi_application

sys.modules["__main__"].urlpatterns = manage.urlpatterns
application = get_asgi_application()
