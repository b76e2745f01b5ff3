"""What buyers fetch of their bookings, for who bought and for billing alone."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from catalog.limits import KEEP
from core.signed_in import signed_in
from core.spreadsheet import csv_file
from featured import report
from featured.models import Booking


def _report_csv(request: HttpRequest, key: str) -> HttpResponse:
    booking = get_object_or_404(Booking.objects.visible_to(request.user).select_related("tool"), key=key)
    return csv_file(f"featured-{booking.key}.csv", report.HEAD, report.of(booking).cells())


# the limit is of what changes something, which this does not
report_csv = signed_in(
    _report_csv, ["GET"], limit=KEEP, away=lambda request: redirect_to_login(request.get_full_path())
)
