"""Reading the CloudEvents that Dapr delivers (cloudevents.io, JSON event format 1.0)."""

from typing import Any, TypeVar

from pydantic import Base64Bytes, BaseModel

M = TypeVar("M", bound=BaseModel)


class CloudEvent(BaseModel):
    """An event envelope. Extensions are legal and ignored; only what this app reads is named here."""

    id: str | None = None
    source: str | None = None
    data: Any = None
    data_base64: Base64Bytes | None = None

    @property
    def identity(self) -> str | None:
        """Give what tells this event from every other: source and id together; nothing for an event without id."""
        return self.id and f"{self.source} {self.id}"

    def read(self, model: type[M]) -> M:
        """Give the event's data as that model. Raises pydantic.ValidationError.

        Data in base64 is read as JSON whatever its content type: raw payloads arrive as application/octet-stream.
        """
        if self.data is None and self.data_base64 is not None:
            return model.model_validate_json(self.data_base64)
        return model.model_validate(self.data)
