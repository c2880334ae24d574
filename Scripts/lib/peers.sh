# shellcheck shell=bash
# Sourced by the scripts that compare with other people's programs: sees to a Python environment with their packages.
# Where they cannot be installed, says so and ends the script without an error.

environment=.venv-peers
requirements=Scripts/peers/requirements.txt

# Made again when the list of packages has changed.
if ! cmp -s "$requirements" "$environment/installed.txt"; then
  rm -rf "$environment"
  if ! { python3 -m venv "$environment" &&
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"; } >&2; then
    rm -rf "$environment"
    echo "$(basename "$0"): SKIPPED: the packages of $requirements cannot be installed here" >&2
    exit 0
  fi
  cp "$requirements" "$environment/installed.txt"
fi
# shellcheck disable=SC2034
peers_python="$PWD/$environment/bin/python"
