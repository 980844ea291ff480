# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base of all modules: AnsibleModule with this collection's validation. EFFECT."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from ansible.module_utils.basic import AnsibleModule

from .._argspec import Shape
from .._errors import ApiHealthError, InvalidInput
from .._orphan import end_with_reader
from .._secrets import HIDDEN, kept
from .said import said_of
from .validated import secrets_of, validated

Job = TypeVar("Job")
# Receives the shape, the options as given, the error, and the error as shown.
OnFailure = Callable[[Shape, Mapping[str, Any], ApiHealthError, str], None]


class ApiHealthModule(AnsibleModule):
    """An AnsibleModule that treats blank options as unset and reports every problem with its options at once."""

    def __init__(self, shape: Shape, on_failure: OnFailure | None = None) -> None:
        self._shape = shape
        self._on_failure = on_failure
        self._is_of_ansible = False
        self._given: dict[str, Any] = {}
        self._accepted = False
        # Register a key from the environment first, because AnsibleModule reports new secrets in its result.
        self._secrets = secrets_of(shape, {})[1]
        super().__init__(  # type: ignore[no-untyped-call]
            argument_spec=shape.options,
            mutually_exclusive=list(shape.mutually_exclusive),
            required_by=shape.required_by,
            supports_check_mode=True,
        )
        self._accepted = True

    def _load_params(self) -> None:
        super()._load_params()  # type: ignore[no-untyped-call]
        # A linter passes only the options. It must not cause changes to the user's files.
        self._is_of_ansible = any(name.startswith("_ansible_") for name in self.params)
        own = {name: value for name, value in self.params.items() if not name.startswith("_ansible_")}
        self._given = said_of(self._shape, own)
        self._secrets = secrets_of(self._shape, self._given)[1]
        for name in own:
            del self.params[name]
        # A linter may leave templates in these. AnsibleModule's error would not name the option, so `run` rejects them.
        hidden = {name for name in ("checks", "reports") if "{{" in str(self._given.get(name))}
        self.params.update({name: value for name, value in self._given.items() if name not in hidden})

    # The types of older versions of ansible-core do not say that fail_json never returns.
    def fail_json(self, msg: str, **result: Any) -> NoReturn:  # type: ignore[misc]
        """Fail; if AnsibleModule reports the first problem with the options, report all of them instead."""
        # Only a linter leaves templates unrendered. It recognizes AnsibleModule's own message and ignores it.
        if not self._accepted and not self._is_of_a_template(msg):
            error: ApiHealthError = InvalidInput([msg])
            try:
                validated(self._shape, self._given, time.time())
            except InvalidInput as exc:
                error, msg = exc, str(exc)
                result.update(exc.details)
            self._failed(error, msg)
        self._hide_options()
        super().fail_json(msg=self._secrets.hidden(msg), **result)

    def _failed(self, error: ApiHealthError, msg: str) -> None:
        if self._on_failure and self._is_of_ansible:
            self._on_failure(self._shape, self._given, error, self._secrets.hidden(msg))

    def _hide_options(self) -> None:
        """Keep secrets out of the invocation, which the result may contain."""
        specs = self._shape.options.items()
        secret = {one for name, spec in specs if spec.get("no_log") for one in (name, *spec.get("aliases", []))}
        given = {name for name in secret if self.params.get(name) is not None}
        self.params = {**self._secrets.without(self.params), **dict.fromkeys(given, HIDDEN)}

    def _is_of_a_template(self, msg: str) -> bool:
        """Whether AnsibleModule reports that an unrendered template is not a number or choice."""
        templates = [re.escape(str(name)) for name, value in self._given.items() if "{{" in str(value)]
        return any(re.search(rf"\b{name}\b", msg) for name in templates)

    def run(self, choose: Callable[[Mapping[str, Any], float], Job], do: Callable[[Job], dict[str, Any]]) -> None:
        """Validate the options, run the job that they define, and exit with its result or its error."""
        end_with_reader()
        try:
            now = time.time()
            options = validated(self._shape, self._given, now)
            result = kept(options["secrets"], do, choose(options, now))
        except ApiHealthError as exc:
            self._failed(exc, str(exc))
            self.fail_json(msg=str(exc), **exc.details)
        for caution in [*options.get("cautions", []), *result.pop("warnings", [])]:
            self.warn(caution)
        self._hide_options()
        self.exit_json(changed=False, **result)
