"""Reads sensor_msgs/Imu messages with the Python library: raw payloads, or ten doubles of each (`decoded`)."""

import sys

from mcap.stream_reader import StreamReader
from mcap.records import Message
from mcap_ros2.decoder import DecoderFactory
from mcap.reader import make_reader


def raw(path):
    count = size = 0
    with open(path, "rb") as file:
        for record in StreamReader(file, validate_crcs=True).records:
            if isinstance(record, Message):
                count += 1
                size += len(record.data)
    return count, size


def decoded(path):
    count, total = 0, 0.0
    with open(path, "rb") as file:
        for _, _, _, imu in make_reader(file, validate_crcs=True, decoder_factories=[DecoderFactory()]).iter_decoded_messages():
            q, w, a = imu.orientation, imu.angular_velocity, imu.linear_acceleration
            total += q.x + q.y + q.z + q.w + w.x + w.y + w.z + a.x + a.y + a.z
            count += 1
    return count, total


print(*(decoded if sys.argv[2:] == ["decoded"] else raw)(sys.argv[1]))
