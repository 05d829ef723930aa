"""What the interop run is made of: installing clients, starting servers,
driving sessions and reporting.

install   puts the clients at fixed versions into a cache folder
servers   starts almanac, and Radicale and Xandikos as sources to move in from
session   what one client's script gets: a server, a work folder, case()
report    the cases, the exceptions that hold, the sum
dav       a small DAV client for seeding and for looking at results
replay    recorded request sequences of clients that can't be run here
"""
