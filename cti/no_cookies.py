"""A jar that stays empty: what a service says about one caller does not go with the next one's question."""

from http.client import HTTPResponse
from http.cookiejar import CookieJar
from urllib.request import Request


class NoCookies(CookieJar):
    """For clients of HTTP that ask on behalf of many people over the same connections."""

    def extract_cookies(self, response: HTTPResponse, request: Request) -> None:
        """Nothing is looked at, nothing kept."""
