#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the first inputs of every fuzz target: make_corpus.py SAMPLES FOLDER.

SAMPLES is data/samples; FOLDER/TARGET gets the inputs of TARGET. tests/fuzz/corpus holds of these
and of what fuzzing added to them what -set_cover_merge=1 kept, and every input that once found a
fault (fault-*).
"""
import io
import itertools
import os
import random
import struct
import sys
import zipfile
import zlib

MAX_SIZE = 4096
ETHERNET = bytes.fromhex("020000000001020000000002")


def sample_packets(path, n, skip=0):
    """(seconds, nanoseconds, wire length, frame) of the packets of a little-endian pcap."""
    with open(path, "rb") as file:
        data = file.read()
    magic, link = struct.unpack_from("<I", data)[0], struct.unpack_from("<I", data, 20)[0]
    assert magic in (0xA1B2C3D4, 0xA1B23C4D), path
    scale, at, packets = (1000 if magic == 0xA1B2C3D4 else 1), 24, []
    while at + 16 <= len(data) and len(packets) < n + skip:
        seconds, fraction, captured, length = struct.unpack_from("<IIII", data, at)
        packets.append((seconds, fraction * scale, length, data[at + 16 : at + 16 + captured]))
        at += 16 + captured
    return link, packets[skip:]


def pcap(packets, link=1, order="<", nanoseconds=True, snaplen=262144):
    magic, scale = (0xA1B23C4D, 1) if nanoseconds else (0xA1B2C3D4, 1000)
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link)
    for seconds, ns, length, frame in packets:
        out += struct.pack(order + "IIII", seconds, ns // scale, len(frame), length) + frame
    return out


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def pcapng(sections):
    """sections: (byte order, [(link type, resolution)], [(interface, packet, simple)])."""
    out = b""
    for order, interfaces, packets in sections:
        head = struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)
        out += block(order, 0x0A0D0D0A, head + option(order, 1, b"a comment") + option(order, 0, b""))
        for link, resolution in interfaces:
            more = option(order, 9, bytes([resolution])) + option(order, 14, struct.pack(order + "q", 0))
            out += block(order, 1, struct.pack(order + "HHI", link, 0, 65535) + more + option(order, 0, b""))
        for interface, (seconds, ns, length, frame), simple in packets:
            if simple:
                out += block(order, 3, struct.pack(order + "I", length) + frame)
                continue
            stamp = seconds * 1000000 + ns // 1000
            body = struct.pack(order + "IIIII", interface, stamp >> 32, stamp & 0xFFFFFFFF, len(frame), length)
            out += block(order, 6, body + frame)
        out += block(order, 4, struct.pack(order + "HH", 0, 0)) + block(order, 5, struct.pack(order + "III", 0, 0, 0))
    return out


def ipv4(protocol, body, options=b"", fragment=0, length=None):
    size = 20 + len(options)
    head = struct.pack(">BBHHHBBH", 0x40 | size // 4, 0, length if length is not None else size + len(body),
                       7, fragment, 64, protocol, 0)
    return head + bytes([192, 0, 2, 1, 198, 51, 100, 1]) + options + body


def ipv6(next_header, body):
    address = bytes.fromhex("20010db8000000000000000000000001")
    return struct.pack(">IHBB", 0x60000000, len(body), next_header, 64) + address * 2 + body


def tcp(options=b"", flags=2):
    options += bytes(-len(options) % 4)
    return struct.pack(">HHIIBBHHH", 443, 50000, 1, 2, (20 + len(options)) // 4 << 4, flags, 512, 0, 0) + options


def udp(body):
    return struct.pack(">HHHH", 53, 50000, 8 + len(body), 0) + body


def made_ip_packets():
    syn = bytes.fromhex("020405b40402080a0000000100000000 01 030307".replace(" ", ""))
    icmp = bytes([8, 0, 0, 0, 0, 1, 0, 1]) + b"data"
    return [
        ipv4(6, tcp(syn)), ipv4(6, tcp(b"\x05\x0a" + bytes(8), 16) + b"GET /"), ipv4(17, udp(b"query")),
        ipv4(1, icmp), ipv4(1, bytes([3, 1, 0, 0, 0, 0, 0, 0]) + ipv4(17, udp(b""))),
        ipv4(17, udp(b"x"), bytes.fromhex("9404000001010100")), ipv4(17, b"fragment", fragment=185),
        ipv4(6, tcp(), fragment=0x2000), ipv4(6, tcp(), length=0), ipv4(47, b"\0\0\x08\0" + ipv4(17, udp(b""))),
        ipv4(4, ipv4(6, tcp())), ipv4(50, bytes(16)), ipv4(132, bytes(12)), ipv4(2, bytes(8)),
        ipv6(6, tcp(syn)), ipv6(17, udp(b"query")), ipv6(58, bytes([128, 0, 0, 0, 0, 1, 0, 1])),
        ipv6(0, bytes([60, 0, 1, 4, 0, 0, 0, 0, 44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 9]) + udp(b"")),
        ipv6(43, bytes([6, 0, 0, 0, 0, 0, 0, 0]) + tcp()), ipv6(51, bytes([17, 1]) + bytes(10) + udp(b"")),
        ipv4(6, tcp())[:30], ipv6(6, tcp())[:44], ipv4(17, udp(b""))[:9],
    ]


def kind_of(packet):
    return b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"


def captures(samples):
    made = made_ip_packets()
    stamped = lambda frames: [(1700000000 + i, 5000 * i, len(f) + 3 * (i % 2), f) for i, f in enumerate(frames)]
    frames = {
        1: [ETHERNET + kind_of(p) + p for p in made],
        101: made,
        12: made,
        228: [p for p in made if p[0] >> 4 == 4],
        229: [p for p in made if p[0] >> 4 == 6],
        0: [struct.pack("<I", 2 if p[0] >> 4 == 4 else 24) + p for p in made],
        108: [struct.pack(">I", 2 if p[0] >> 4 == 4 else 30) + p for p in made],
        9: [b"\xff\x03\x00" + (b"\x21" if p[0] >> 4 == 4 else b"\x57") + p for p in made],
        113: [bytes([0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0]) + kind_of(p) + p for p in made],
        276: [kind_of(p) + bytes(8) + b"\0\1\0\6" + ETHERNET[:8] + p for p in made],
        105: [b"\x08\x02" + bytes(22) + b"\xaa\xaa\x03\0\0\0" + kind_of(p) + p for p in made],
        127: [bytes([0, 0, 8, 0, 0, 0, 0, 0]) + b"\x88\x02" + bytes(24) + b"\xaa\xaa\x03\0\0\0" + kind_of(p) + p
              for p in made],
    }
    for link, list_ in frames.items():
        for first in (0, 12):
            yield pcap(stamped(list_[first : first + 12]), link)
    tags = [b"\x81\x00\x00\x05", b"\x88\xa8\x00\x07\x81\x00\x00\x05", b"\x88\x47\x00\x01\x01\x40"]
    for tag in tags:
        ends = b"" if tag[0:2] == b"\x88\x47" else None
        yield pcap(stamped([ETHERNET + tag + (kind_of(p) if ends is None else b"") + p for p in made[:8]]))
    session = [b"\x88\x64\x11\x00\x00\x01" + struct.pack(">H", len(p) + 2) + (b"\0\x21" if p[0] >> 4 == 4 else b"\0\x57") + p
               for p in made[12:20]]
    yield pcap(stamped([ETHERNET + p for p in session]))
    yield pcap(stamped([ETHERNET + b"\x08\x06" + bytes(28), ETHERNET + b"\x88\xcc" + bytes(20), ETHERNET + b"\0\x20" + bytes(30)]))
    for order, nanoseconds in itertools.product("<>", (True, False)):
        yield pcap(stamped(frames[1][:6]), 1, order, nanoseconds)
    yield pcap(stamped(frames[1][:6]))[:-7]
    yield pcap(stamped(frames[1][:4]))[:-60] + b"\xff" * 40
    some = stamped(frames[1][:3])
    yield pcapng([("<", [(1, 6)], [(0, p, False) for p in some])])
    yield pcapng([(">", [(1, 9), (101, 6)], [(0, some[0], False), (1, stamped(made[:1])[0], False)]),
                  ("<", [(1, 0x83)], [(0, p, True) for p in some])])
    yield pcapng([("<", [], [(0, p, False) for p in some])])
    for i, name in enumerate(samples):
        link, packets = sample_packets(name, 12, skip=5 * i)
        yield pcap([(s, ns, length, frame[:90]) for s, ns, length, frame in packets], link)


def csv_texts():
    index = b"src_ip,dst_ip,tv_sec,tv_nsec,length,direction,"
    yield b"\x01\n\x06\x01\n\x06\x02\n"
    yield b"src_ip,\x02\nNULL,\x06\x05\n192.0.2.1,\x06\x09\n"
    yield index + b"\x01\n192.0.2.1,198.51.100.1,1700000000,99,40,1,\x06\x05\n2001:db8::1,NULL,-1,5,0,0,\x06\x07\n"
    yield b"tv_sec,tv_usec,\x01,other\r\n-1,5,\x06\x05,\r\n\r\n17,999999,\x06\x06,x\r\n"
    yield b"\x02\n" + b"\x03\xff" * 4 + b"\x03\x3e-1\n"
    yield b"\x02\n" + b"\x04\xff\x05\xff" * 2 + b"\x05\x3e1.0\n"
    yield b"\x01,ipv4_ver_0\n\x06\x01,1\n"
    yield b"\x01\n\x06\x01,\n"
    yield b"file,caption\na,b\n"
    yield b"rts,\x08\x01\x07\x02\n5,\x04\x07" + b"\x03\xff\x03\x3e-1\n"
    yield b'\xef\xbb\xbf"src_prt",flow,\x07\x18\n53,192.0.2.1_198.51.100.1_53_50000_UDP,\x04\x3f\x05\x3e"1"\n'


def tables():
    shapes = [b"(2, 1088)", b"(0, 1088)", b"(1, 1089)", b"(1088,)", b"(2147483647, 1088)", b"(-1, 1088)"]
    for i, shape in enumerate(shapes):
        text = b"{'descr': '|i1', 'fortran_order': False, 'shape': " + shape + b", }"
        yield bytes([1, i % 3 + 1, 2 if i == 0 else 1, i]) + text + b" " * 20 + b"\n"
    yield b"\x01\x01\x01\x02{\"descr\": \"<f4\", 'fortran_order': True, 'shape': (1, 1088)}"
    yield b"\x00\x93NUMPY\x01\x00\x20\x00{'descr': '|i1'"
    yield b"\x00" + pcap([])
    yield b"\x00\x89PNG\r\n\x1a\n"
    yield b"\x00a,b,c\n1,2,3\n"


def metadata():
    line = b'{"file_name": "a.png", "text": "pixelated network data: web", "source": "x.pcap", "first_packet": 5, "packets": 3}\n'
    tables = (b'\x1ecaptions.csv\nfile,caption\na.pcap,"one, ""two"""\nb.pcap,three\n'
              b"\x1evocabulary.txt\n# axis, word\napp\tweb\napp\tdns\ntunnel\tno vpn\n")
    yield b"metadata.jsonl\n" + line + b"\x1ea.png\n\x1eb.png\n\x1eb.txt\nwords, more\n" + tables
    yield b"metadata.jsonl\n" + line * 2 + b"\x1ea.png\n"
    yield b'metadata.jsonl\n{"text": "\\u00e9\\u0000", "file_name": "a.png", "packets": 1e9}\n\x1ea.png\n'
    yield b"metadata.jsonl\n" + b"[" * 80 + b"\n\x1ea.png\n"
    yield b"a.png\n\x1ea.txt\npixelated network data: dns\n\x1eb.png\n\x1eb.txt\n\xc3\xa9\n" + tables
    yield b"captions.csv\n\xef\xbb\xbfcaption,file,more\r\nweb, folder/a.pcap ,x\r\n"
    yield b'captions.csv\nfile,caption\na.pcap,"open\n'
    kohya = b'{"file_name": "10_web/a.png", "prompt": "web", "packets": 3}\n{"file_name": "2_dns/b.png", "caption": "dns"}\n'
    yield b"metadata.jsonl\n" + kohya + b"\x1e10_web/a.png\n\x1e2_dns/b.png\n\x1e2_dns/b.caption\ndns, udp\n"
    yield b"5_web/a.png\n\x1e5_web/b.png\n\x1e5_web/b.txt\nwords\n\x1e0_no/c.png\n"
    hosts = b"old,new,mac\n# hosts\n10.0.0.1,192.0.2.9,02:00:00:00:00:05\n10.0.0.0/8,172.0.0.0/8\n192.168.1.255,\n"
    yield b"addresses.csv\n" + hosts + b"2001:db8::/32,fd00:1::/32\n"
    yield b"addresses.csv\n10.0.0.1,192.0.2.9\n10.0.0.2,192.0.2.9\n"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(rows, depth=8, colour=2, width=1088, texts=()):
    raw = b"".join(b"\0" + row for row in rows)
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(rows), depth, colour, 0, 0, 0))
    for key, value in texts:
        out += chunk(b"tEXt", key + b"\0" + value)
    return out + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")


def pictures(samples):
    green, red, blue = b"\0\xff\0", b"\xff\0\0", b"\0\0\xff"
    packet_bits = lambda p: b"".join(green if p[i // 8] >> (7 - i % 8) & 1 else red for i in range(8 * len(p)))
    rows = []
    for p in made_ip_packets()[:3]:
        head = packet_bits(p[:12] + p[20:20])
        rows.append((head + blue * 1088)[: 3 * 1088])
    texts = [(b"torchlight:layout", b"torchlight"), (b"torchlight:rows", b"2"),
             (b"torchlight:sides", b"time_ns,src,dst,frame,length,direction\n1,192.0.2.1,198.51.100.1,1,60,0\n2,,,2,60,1\n")]
    for mode in (0, 1):
        yield bytes([mode, 0]) + picture(rows, texts=texts)
        yield bytes([mode, 5]) + picture([bytes(3264)] * 2, texts=[(b"torchlight:palette", b"netdiffusion")])
        yield bytes([mode, 1]) + picture([bytes(3267)] * 2, width=1089, texts=[(b"torchlight:palette", b"netdiffusion")])
        yield bytes([mode, 1]) + picture([bytes(3264)], texts=[(b"torchlight:layout", b"nprint")])
    made = random.Random(1)
    for i in range(10):
        text = bytes([made.randrange(6) + 16 * made.randrange(16)]) + b"3\0" + b"\x00nprint\0"
        yield bytes([2, made.randrange(256), i, made.randrange(256), made.randrange(256), 5]) + text
    for i in range(60):
        head = bytes([3, made.randrange(256), made.randrange(256), made.randrange(256), made.randrange(256)])
        yield head + made.randbytes(made.choice((8, 20, 40, 80, 160)))


def npz_member(kind, choice=1, seed=3, texts=()):
    return bytes([kind, choice, seed]) + b"".join(text + b"\0" for text in texts)


def archives():
    """Kinds of members and choices as in npz_fuzz.c."""
    provenance = [b'{"source": "x", "n": 3, "skipped": {"ARP": 2}}']
    whole = [npz_member(0), npz_member(1, texts=[b"torchlight"]), npz_member(2, seed=200),
             npz_member(3, texts=[b"192.0.2.1", b"2001:db8::1"]), npz_member(4, texts=[b"", b"198.51.100.1"]),
             npz_member(5, seed=40), npz_member(6), npz_member(7, seed=63), npz_member(8, texts=provenance)]
    stored = [npz_member(0, 0), npz_member(1, 0, texts=[b"nprint"]),
              npz_member(8, 0, texts=[b'{"a": "\\u00e9\\ud83d\\ude00"}'])]
    said = [npz_member(0, 7, texts=[b"{'descr': '|i1', 'fortran_order': False, 'shape': (2, 1088)}"])]
    for members in ([npz_member(0)], whole, stored, said, [npz_member(9)]):
        for n_edits in (0, 2):
            yield bytes([1, len(members), n_edits, 2]) + b"".join(members) + b"\0\0\0\x05\x01\0\0\0\x10\xff"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        head = b"\x93NUMPY\x01\x00\x38\x00{'descr':'|i1','fortran_order':False,'shape':(0,1088)}   "
        archive.writestr(zipfile.ZipInfo("trits.npy"), head)
    yield b"\0" + file.getvalue()


def timing_models():
    """Choices for models that timing_fuzz.c fits, some written over."""
    made = random.Random(3)
    for i in range(12):
        edits = b"".join(made.randbytes(5) for _ in range(i % 4))
        yield bytes([1, i, i % 3]) + made.randbytes(2 * (i % 3 + 1)) + bytes([i % 4]) + edits
    yield b"\x00TLTIMING\0\x01\0\x05"


def projects():
    """project.json, and behind a byte 1e the backup."""
    yield b'{"version": 1, "name": "n", "traces": []}'
    trace = b'{"id": "1", "name": "t", "file": "pictures/a.png", "caption": "c", "packets": 3, "x": [1.5, {"y": null}]}'
    yield b'{"version": 1, "traces": [' + trace + b'], "maps": [{"id": "2", "file": "maps/m.png", "of": "1"}]}'
    yield b'{"version": 1, "traces": [' + trace + b", " + trace + b', 7, {"file": "../outside.png"}], "more": true}'
    yield b'{"version": 2, "runs": [' + trace + b"]}"
    yield b'{"version": 1, "tra\x1e{"version": 1, "loras": [' + trace + b"]}"
    yield b'{"version": 1, "name": "\\ud83d\\ude00\\udc00\\u0000", "figures": [{"a": 1e999, "b": -0.0}]}'
    yield b'{"version": 1, "more": ' + b"[" * 80 + b"]" * 80 + b"}"


def weights():
    entry = b'{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"__metadata__":{"k":"v"}}'
    yield struct.pack("<Q", len(entry)) + entry + bytes(8)
    entry = b'{"a":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"b":{"dtype":"BF16","shape":[],"data_offsets":[6,8]}}'
    yield struct.pack("<Q", len(entry)) + entry + bytes(8)
    yield struct.pack("<Q", 2) + b"{}"


def configs():
    """A file for each reader of config_fuzz.c, and an index with its piece."""
    unet = b'"block_out_channels": [8, 16], "norm_num_groups": 4, "attention_head_dim": [1, 2], "layers_per_block": 1'
    down = b'"down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"], "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"]'
    yield b'\0{"_class_name": "UNet2DConditionModel", ' + unet + b", " + down + b', "cross_attention_dim": 6}'
    yield b'\0{"use_linear_projection": true, "norm_eps": 1e-05, "sample_size": null, "num_class_embeds": 3}'
    yield b'\1{"_class_name": "ControlNetModel", "conditioning_embedding_out_channels": [4, 8], ' + unet + b', "down_block_types": ["DownBlock2D", "DownBlock2D"]}'
    yield b'\2{"block_out_channels": [4, 8], "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"], "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"], "norm_num_groups": 2}'
    yield b'\3{"text_config": {"hidden_size": 8, "num_attention_heads": 2, "hidden_act": "gelu", "vocab_size": 20}}'
    yield b'\4{"_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear", "prediction_type": "v_prediction", "rescale_betas_zero_snr": true}'
    yield b'\4{"_class_name": "UniPCMultistepScheduler", "solver_order": 2, "disable_corrector": [], "solver_p": null}'
    yield b'\5{"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}'
    piece = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    yield b'\6{"metadata": {}, "weight_map": {"a": "a.safetensors"}}\x1e' + struct.pack("<Q", len(piece)) + piece + bytes(4)
    yield b'\6{"weight_map": {"a": "b.safetensors", "c": "../a"}}'


def tokenizers():
    yield b'\1#version: 0.2\na b\nab c</w>\np i\npi x\nn et</w>\x1e{"pad_token": "!"}\x1e{"model_max_length": 12}\x1eabc web! it\'s 10 &amp; \xc3\xa9'
    yield b'\1w e\nwe b</w>\n\x1e\x1e\x1e<|startoftext|> web <|endoftext|> 12 \xff\xf0\x9f\x98\x80'
    yield b'\0{"a": 0, "a</w>": 1, "<|startoftext|>": 2, "<|endoftext|>": 3}\x1e\x1e{"bos_token": {"content": "a"}}\x1e\x1ea aa'
    yield b'\0{"a": 1, "b": 0, "a": 2}\x1ea b'


def checkpoints():
    """Choices of names as in checkpoint_fuzz.c: SD 1's parts by their marks, and many tensors by chance."""
    made = random.Random(7)
    yield bytes([1, 0, 1, 4, 2, 1, 3, 3, 1, 2, 1, 1, 4, 2, 2, 2, 2, 3, 1, 1, 3, 2, 2, 2])
    yield bytes([1, 0, 1, 0, 11, 0, 2, 4, 2, 2, 3, 3, 12, 2, 4, 2, 2, 3, 3, 18, 3, 1, 4])
    yield bytes([1, 9, 0, 5, 4, 2, 2, 3, 3, 9, 2, 5, 4, 2, 2, 3, 3])
    for i in range(6):
        yield b"\1" + made.randbytes(120 + 60 * i)
    for file in weights():
        yield b"\0" + file


def main():
    samples_folder, folder = sys.argv[1:]
    samples = sorted(os.path.join(samples_folder, name) for name in os.listdir(samples_folder) if name.endswith(".pcap"))
    targets = {
        "capture_fuzz": captures(samples[::3]),
        "checkpoint_fuzz": checkpoints(),
        "config_fuzz": configs(),
        "csv_fuzz": csv_texts(),
        "flow_fuzz": captures(samples[1::3]),
        "metadata_fuzz": metadata(),
        "npz_fuzz": archives(),
        "picture_fuzz": pictures(samples[:3]),
        "project_fuzz": projects(),
        "table_fuzz": tables(),
        "timing_fuzz": timing_models(),
        "tokenizer_fuzz": tokenizers(),
        "weights_fuzz": weights(),
    }
    for target, inputs in targets.items():
        os.makedirs(os.path.join(folder, target), exist_ok=True)
        for i, data in enumerate(inputs):
            with open(os.path.join(folder, target, f"made-{i:03d}"), "wb") as file:
                file.write(data[:MAX_SIZE])


if __name__ == "__main__":
    main()
