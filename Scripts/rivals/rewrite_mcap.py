"""Writes the messages of an MCAP file again with the Python library's writer: zstd chunks of 1 MiB, its checksums."""

import sys

from mcap.reader import make_reader
from mcap.writer import CompressionType, Writer


def rewrite(source, target):
    with open(source, "rb") as read, open(target, "wb") as written:
        writer = Writer(written, chunk_size=1 << 20, compression=CompressionType.ZSTD)
        writer.start(profile="", library="python")
        channels = {}
        for schema, channel, message in make_reader(read).iter_messages():
            if channel.id not in channels:
                schema_id = writer.register_schema(schema.name, schema.encoding, schema.data)
                channels[channel.id] = writer.register_channel(channel.topic, channel.message_encoding, schema_id)
            writer.add_message(
                channels[channel.id], message.log_time, message.data, message.publish_time, message.sequence)
        writer.finish()


rewrite(sys.argv[1], sys.argv[2])
