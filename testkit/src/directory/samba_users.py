"""Fills a new domain with users in each state that an account can be in, and with groups.

Called with the configuration and the database of Samba, which must not run yet.
"""
import sys

import ldb
from samba import dsdb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

PASSWORD = "Correct-Horse.1"
UNICODE = "Zürich-Straße.9-密码"
LONG_AGO = "131277330210000000"

parameters = LoadParm()
parameters.load(sys.argv[1])
database = SamDB(url=sys.argv[2], session_info=system_session(), lp=parameters)
base = database.domain_dn()


def change(dn, controls=None, **values):
    message = ldb.Message(ldb.Dn(database, dn))
    for name, value in values.items():
        message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    database.modify(message, controls or [])


def user(name, password=PASSWORD, **values):
    database.newuser(name, password)
    if values:
        change(f"CN={name},CN=Users,{base}", **values)


# Five wrong passwords lock an account, for a minute.
minute = str(-60 * 10_000_000)
change(base, lockoutThreshold="5", lockoutDuration=minute, lockOutObservationWindow=minute, maxPwdAge=str(-42 * 864_000_000_000))

user("bob")
user("carol", userPrincipalName="carol.upn@contoso.example")
user("unicode", UNICODE)
user("ünal")
user("disabled")
database.disable_account("(sAMAccountName=disabled)")
user("must", pwdLastSet="0")
user("expired")
# A time can't be set but with the control that passes by what looks after passwords.
bypass = f"local_oid:{dsdb.DSDB_CONTROL_BYPASS_PASSWORD_HASH_OID}:0"
change(f"CN=expired,CN=Users,{base}", [bypass], pwdLastSet=LONG_AGO)
user("ended", accountExpires=LONG_AGO)
user("hours", logonHours=b"\0" * 21)
user("elsewhere", userWorkstations="OTHERPC")
user("locked")
user("dora", userPrincipalName="dora.upn@contoso.example")
user("svc")

# bob is in "Readers", which is in "Staff", which is in "Everyone at Contoso".
for group in ("Readers", "Staff", "Everyone at Contoso"):
    database.newgroup(group)
database.add_remove_group_members("Readers", ["bob"])
database.add_remove_group_members("Staff", ["Readers"])
database.add_remove_group_members("Everyone at Contoso", ["Staff"])
