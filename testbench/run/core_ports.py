"""What the test-bench top of a core is rendered from: its ports, and what each channel that it drives carries."""

__all__ = ["core_facts"]

CHANNELS = {"m_axis_c_t": ("data", "keep", "last"), "s_axil_b": ("resp",), "s_axil_r": ("data", "resp")}


def core_facts(manifest):
    """{name: value} for the template: `channels` are (prefix, names of its payload, their bits)."""
    width = {port["name"]: port["width"] for port in manifest["ports"]}
    outputs = [port["name"] for port in manifest["ports"] if port["direction"] == "output"]
    channels = [(prefix, [prefix + part for part in parts], sum(width[prefix + part] for part in parts))
                for prefix, parts in CHANNELS.items()]
    return {"top": manifest["top"], "ports": manifest["ports"], "channels": channels,
            "handshakes": [name for name in outputs if name.endswith(("valid", "ready", "irq"))],
            "c_bytes": width["m_axis_c_tkeep"]}
