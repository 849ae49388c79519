"""What people are: in the studio, and at a client's. Pure."""

from enum import StrEnum


class StaffRole(StrEnum):
    """What somebody is in the studio."""

    PROGRAMMER = "programmer"
    DESIGNER = "designer"
    MANAGER = "manager"
    ACCOUNTANT = "accountant"
    DIRECTOR = "director"
    ADMIN = "admin"


class ContactRole(StrEnum):
    """What somebody is at a client's."""

    OWNER = "owner"
    ACCOUNTANT = "accountant"
    MEMBER = "member"
