"""What several tests share, a module a topic.

studies          a small study of a test's own: settings, records, their sidecar
loopback         servers of real HTTP on the loopback address, and a free port
provider         a provider's server on loopback, with faults on demand
gdelt2           made-up files of GDELT 2.0 and the lists that name them
world            a study with such a provider, and what tells two databases apart
indices          made-up events and the marts that are built over them
command          the command line in a process of its own
event_parts      parts of an event store with made-up rows
sail             a server of Spark Connect on loopback
browsing         a page in a real browser, watched
"""
