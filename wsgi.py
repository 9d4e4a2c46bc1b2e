"""The door for servers: `gunicorn wsgi:app`, and what the `flask` command finds."""

from grants import create_app

app = create_app()
