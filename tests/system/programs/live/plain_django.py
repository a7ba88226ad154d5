"""A Django project in one file that knows nothing of Spoor."""

import django
import orders
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path


def page(request, user_id):
    return HttpResponse(orders.answer(user_id), content_type="text/plain")


settings.configure(
    DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY=django.__name__, USE_TZ=True, DATABASES={}
)
urlpatterns = [path("<int:user_id>", page)]
app = get_wsgi_application()
