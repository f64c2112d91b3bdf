"""Views for each API, below its prefix too, and with a format behind a dot, as Django REST framework's documentation has it."""
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], INSTALLED_APPS=["rest_framework"], SECRET_KEY="x", DEBUG=False,
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
)
django.setup()

from django.urls import path, re_path  # noqa: E402
from rest_framework.decorators import api_view  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.urlpatterns import format_suffix_patterns  # noqa: E402


def view(api):
    @api_view()
    def answer(request, format=None, **_):
        return Response({}, headers={"X-Api": api})

    return answer


urlpatterns = []
for prefix, api in sorted((api.split("=") for api in sys.argv[2:]), key=lambda api: -len(api[0])):
    inner = prefix.strip("/")
    own = [path(inner, view(api))] + ([path(inner + "/", view(api))] if inner else [])
    below = inner + "/" if inner else ""
    urlpatterns += format_suffix_patterns(own, allowed=["json", "api", "x"]) + [re_path(f"^{below}.*$", view(api))]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


from django.core.handlers.wsgi import WSGIHandler  # noqa: E402

make_server("127.0.0.1", int(sys.argv[1]), WSGIHandler(), handler_class=Quiet).serve_forever()
