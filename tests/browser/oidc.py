"""An OIDC provider on this machine: it signs in, without a question, whoever it is told to."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

CLIENT, CLIENT_SECRET = "souffleur", "un secret d'essai"


class Provider:
    """The provider, on a server that is running.

    Args:
        server: where its pages are added.
    """

    def __init__(self, server: HTTPServer) -> None:
        self.claims: dict[str, Any] = {}
        """Who signs in next."""
        self._issuer = server.url_for("")
        self._key = RSAKey.generate_key(2048, {"kid": "essai"})
        self._codes: dict[str, str] = {}
        pages = {
            "/.well-known/openid-configuration": self._configuration,
            "/authorize": self._authorize,
            "/token": self._token,
            "/jwks": self._keys,
        }
        for path, answer in pages.items():
            server.expect_request(path).respond_with_handler(answer)

    def secrets_file(self, folder: Path) -> None:
        """Write the secrets with which Streamlit signs people in here, for a user of that home."""
        (folder / ".streamlit").mkdir(parents=True)
        settings = {
            "redirect_uri": "http://127.0.0.1:{port}/oauth2callback",
            "cookie_secret": secrets.token_hex(32),
            "client_id": CLIENT,
            "client_secret": CLIENT_SECRET,
            "server_metadata_url": f"{self._issuer}/.well-known/openid-configuration",
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        (folder / ".streamlit" / "secrets.toml").write_text("[auth]\n" + "\n".join(lines), "utf-8")

    def _configuration(self, request: Request) -> Response:
        record = {
            "issuer": self._issuer,
            "authorization_endpoint": f"{self._issuer}/authorize",
            "token_endpoint": f"{self._issuer}/token",
            "jwks_uri": f"{self._issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return Response(json.dumps(record), content_type="application/json")

    def _authorize(self, request: Request) -> Response:
        assert request.args["client_id"] == CLIENT
        code = secrets.token_hex(8)
        self._codes[code] = request.args["nonce"]
        back = urlencode({"code": code, "state": request.args["state"]})
        return Response(status=302, headers={"Location": f"{request.args['redirect_uri']}?{back}"})

    def _token(self, request: Request) -> Response:
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 600,
            "nonce": self._codes.pop(request.form["code"]),
            **self.claims,
        }
        token = jwt.encode({"alg": "RS256", "kid": "essai"}, claims, self._key)
        record = {"access_token": "x", "token_type": "Bearer", "expires_in": 600, "id_token": token}
        return Response(json.dumps(record), content_type="application/json")

    def _keys(self, request: Request) -> Response:
        record = {"keys": [self._key.as_dict(private=False)]}
        return Response(json.dumps(record), content_type="application/json")
