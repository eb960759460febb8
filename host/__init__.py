"""The host side of the codec: pictures, the entropy model, range coding and the compressed file."""

from host.channel_groups import ChannelGroups

__all__ = ["ChannelGroups"]
