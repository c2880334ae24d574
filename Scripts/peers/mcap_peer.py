"""MCAP and rosbag2 files by other people's programs: the packages mcap, mcap-ros2-support and rosbags.

messages FILE   every message as the package mcap reads it, checksums verified: topic, times, sequence, data
texts FILE      every message decoded by mcap-ros2-support, or null where that cannot
rosbags FILE    every message decoded by rosbags, from a folder that holds the file
write FOLDER    files of all compressions and a rosbag2 folder, with what they hold in expected.json
"""

import dataclasses
import json
import math
import os
import pathlib
import random
import sys
import tempfile

import numpy
from mcap.reader import make_reader
from mcap.writer import CompressionType, IndexType, Writer
from mcap_ros2.decoder import DecoderFactory
from mcap_ros2.writer import Writer as Ros2Writer

STRING = "string data\n"
THING = """bool on
byte b
int8 i8
uint16 u16
int32[2] pair
uint64 u64
int64 i64
float32 f32
float64[<=3] levels
string title
string[] names
uint8[] raw
demo_msgs/Point[] points
demo_msgs/Nothing nothing
int8 last
================================================================================
MSG: demo_msgs/Point
float32 x
float64 y
================================================================================
MSG: demo_msgs/Nothing
"""


def plain(value):
    """A decoded message as what JSON can hold; NaN as null."""
    if dataclasses.is_dataclass(value):
        fields = [f.name for f in dataclasses.fields(value) if f.name != "__msgtype__"]
        # rosbags gives a structure without members one that is never sent.
        return {n: plain(getattr(value, n)) for n in fields if n != "structure_needs_at_least_one_member"}
    if isinstance(value, (bytes, bytearray)):
        return list(value)
    if isinstance(value, numpy.ndarray):
        return [plain(item) for item in value.tolist()]
    if isinstance(value, numpy.generic):
        return plain(value.item())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if hasattr(value, "__slots__"):
        return {name: plain(getattr(value, name)) for name in value.__slots__}
    return value


def read_messages(path):
    with open(path, "rb") as stream:
        reader = make_reader(stream, validate_crcs=True)
        for _, channel, message in reader.iter_messages(log_time_order=False):
            yield [
                channel.topic, str(message.log_time), str(message.publish_time), message.sequence,
                message.data.hex(),
            ]


def read_texts(path):
    decoders, factory = {}, DecoderFactory()
    with open(path, "rb") as stream:
        for schema, channel, message in make_reader(stream).iter_messages(log_time_order=False):
            try:
                if channel.message_encoding == "json":
                    decoded = json.loads(message.data)
                else:
                    if channel.id not in decoders:
                        decoders[channel.id] = factory.decoder_for(channel.message_encoding, schema)
                    decoded = plain(decoders[channel.id](message.data))
            except Exception:
                decoded = None
            yield [channel.topic, str(message.log_time), decoded]


def read_rosbags(path):
    from rosbags.highlevel import AnyReader

    with open(path, "rb") as stream:
        summary = make_reader(stream).get_summary()
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.abspath(path), f"{folder}/file.mcap")
        counts = summary.statistics.channel_message_counts
        topics = [
            {
                "topic_metadata": {
                    "name": c.topic, "type": summary.schemas[c.schema_id].name, "serialization_format": "cdr",
                    "offered_qos_profiles": "",
                },
                "message_count": counts.get(c.id, 0),
            }
            for c in summary.channels.values()
        ]
        information = {
            "version": 5, "storage_identifier": "mcap", "duration": {"nanoseconds": 1},
            "starting_time": {"nanoseconds_since_epoch": summary.statistics.message_start_time},
            "message_count": summary.statistics.message_count, "topics_with_message_count": topics,
            "compression_format": "", "compression_mode": "", "relative_file_paths": ["file.mcap"],
        }
        # JSON is YAML.
        text = json.dumps({"rosbag2_bagfile_information": information})
        pathlib.Path(folder, "metadata.yaml").write_text(text)
        with AnyReader([pathlib.Path(folder)]) as reader:
            for connection, time, data in reader.messages():
                decoded = plain(reader.deserialize(data, connection.msgtype))
                yield [connection.topic, str(time), decoded]


def thing(number, generator):
    return {
        "on": number % 2 == 0, "b": number % 256, "i8": number % 128 - 64, "u16": number * 77 % 65536,
        "pair": [-number, number * 1000], "u64": 2**64 - 1 - number, "i64": -(2**63) + number,
        "f32": float(numpy.float32(generator.gauss(0, 100))),
        "levels": [generator.gauss(0, 1e6) for _ in range(number % 4)], "title": f"title {number} \u00e9\"\\",
        "names": ["", "x" * (number % 9), "\u4e2d"], "raw": [n % 256 for n in range(number % 11)],
        "points": [{"x": n / 2, "y": generator.random()} for n in range(number % 3)], "nothing": {},
        "last": -(number % 100),
    }


def write_all(folder):
    generator = random.Random(11)
    expected = {}
    for compression in [CompressionType.NONE, CompressionType.ZSTD, CompressionType.LZ4]:
        name = f"{compression.name.lower()}.mcap"
        rows = []
        with open(f"{folder}/{name}", "wb") as stream:
            writer = Writer(
                stream, chunk_size=3000, compression=compression, index_types=IndexType.ALL,
                enable_data_crcs=True)
            writer.start("", "peer")
            schema = writer.register_schema("demo", "jsonschema", b'{"type":"object"}')
            channels = [writer.register_channel(f"/json{n}", "json", schema, {"n": str(n)}) for n in range(3)]
            writer.add_metadata("about", {"who": "peer", "empty": ""})
            writer.add_attachment(5, 6, "notes.txt", "text/plain", b"some notes" * 300)
            for number in range(400):
                row = {"value": generator.gauss(0, 1), "count": number, "text": f"t{number}"}
                which = generator.randrange(3)
                time = 1000 + number * 10 + generator.randrange(200)
                writer.add_message(channels[which], time, json.dumps(row).encode(), time + 1, number)
                rows.append([f"/json{which}", str(time), row])
            writer.finish()
        expected[name] = rows
        name = f"ros2_{compression.name.lower()}.mcap"
        rows = []
        with open(f"{folder}/{name}", "wb") as stream:
            writer = Ros2Writer(stream, chunk_size=3000, compression=compression)
            schema = writer.register_msgdef("demo_msgs/msg/Thing", THING)
            for number in range(200):
                row = thing(number, generator)
                sent = dict(row)
                writer.write_message("/thing", schema, sent, 10 * number, 10 * number, number)
                rows.append(["/thing", str(10 * number), row])
            writer.finish()
        expected[name] = rows
    expected.update(write_rosbag2(folder, generator))
    pathlib.Path(folder, "expected.json").write_text(json.dumps(expected))


def write_rosbag2(folder, generator):
    from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin
    from rosbags.rosbag2 import Writer as BagWriter
    from rosbags.typesys import Stores, get_typestore

    store = get_typestore(Stores.ROS2_HUMBLE)
    expected = {}
    for name, mode in [("bag", CompressionMode.NONE), ("bag_zstd", CompressionMode.FILE)]:
        writer = BagWriter(pathlib.Path(folder, name), version=9, storage_plugin=StoragePlugin.MCAP)
        writer.set_compression(mode, CompressionFormat.ZSTD)
        vector, quaternion = store.types["geometry_msgs/msg/Vector3"], store.types["geometry_msgs/msg/Quaternion"]
        header, stamp = store.types["std_msgs/msg/Header"], store.types["builtin_interfaces/msg/Time"]
        rows = []
        with writer:
            connection = writer.add_connection("/imu", "sensor_msgs/msg/Imu", typestore=store)
            for number in range(100):
                values = [generator.gauss(0, 1) for _ in range(10)]
                message = store.types["sensor_msgs/msg/Imu"](
                    header(stamp(number, 5), "imu_link"), quaternion(*values[:4]), numpy.full(9, -1.0),
                    vector(*values[4:7]), numpy.zeros(9), vector(*values[7:]), numpy.arange(9.0))
                time = 10**18 + number * 10**7
                writer.write(connection, time, store.serialize_cdr(message, "sensor_msgs/msg/Imu"))
                rows.append(["/imu", str(time), plain(message)])
        expected[name] = rows
    return expected


if __name__ == "__main__":
    command, path = sys.argv[1:]
    if command == "write":
        write_all(path)
    else:
        reader = {"messages": read_messages, "texts": read_texts, "rosbags": read_rosbags}[command]
        json.dump(list(reader(path)), sys.stdout)
