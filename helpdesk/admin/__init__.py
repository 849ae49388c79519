"""The verbs of the desk on the command line."""

from helpdesk.admin.clients import client_app, project_app
from helpdesk.admin.staffing import contact_app, staff_app
from helpdesk.admin.tickets import audit_app, ticket_app

__all__ = ["audit_app", "client_app", "contact_app", "project_app", "staff_app", "ticket_app"]
