"""Helpers of the tests: browsers, servers, and what torch or gradients say is right."""
