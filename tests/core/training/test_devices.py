"""Which device and precision a run gets."""

import platform
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric

from sparling.errors import NoUsableGpu, SettingOutOfRange
from sparling.networks.model import ForwardOutput
from sparling.training.annealing import Constant
from sparling.training.devices import OneCpu, choose_fabric, has_fast_bf16
from sparling.training.schedule import TrainingSettings
from sparling.training.session import Session
from sparling.training.trainer import Trainer
from tests.core.toy import PatternTask, toy_model


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.parametrize("precision", ["bf16", "float32"])
def test_a_precision_that_is_asked_for_is_taken(precision):
    fabric, chosen = choose_fabric("cpu", precision)
    assert (fabric.device.type, chosen) == ("cpu", precision)
    with fabric.autocast():
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype == (torch.bfloat16 if precision == "bf16" else torch.float32)


@pytest.mark.parametrize(("hardware", "precision"), [(True, "bf16"), (False, "float32")])
def test_auto_takes_bf16_where_the_hardware_has_it(monkeypatch, hardware, precision):
    monkeypatch.setattr("sparling.training.devices.has_fast_bf16", lambda device: hardware)
    assert choose_fabric("cpu", "auto")[1] == precision


def test_auto_falls_back_to_the_cpu(no_gpu):
    assert choose_fabric("auto", "float32")[0].device.type == "cpu"


def test_a_gpu_that_is_not_there_is_refused(no_gpu):
    with pytest.raises(NoUsableGpu, match=r'^device "cuda": no usable GPU here, expected one; "auto" falls back'):
        choose_fabric("cuda", "auto")


def test_another_device_is_refused():
    with pytest.raises(SettingOutOfRange, match=r"^device must be one of auto, cpu, cuda; got tpu$"):
        choose_fabric("tpu", "auto")


@pytest.mark.parametrize(("precision", "kind"), [("bf16", "bf16-mixed"), ("float32", "32-true")])
@pytest.mark.parametrize("ragged", [False, True])
def test_one_cpu_trains_as_a_fabric_does_bit_for_bit(tmp_path, precision, kind, ragged):
    weights, outputs = [], []
    for fabric in (choose_fabric("cpu", precision)[0], Fabric(accelerator="cpu", devices=1, precision=kind)):
        session = Session(toy_model(), PatternTask(ragged), fabric)
        settings = TrainingSettings(learning_rate=1e-2, evaluate_every=160, settle_evaluations=2)
        folder = tmp_path / type(fabric).__name__
        Trainer(session, Constant(0.1, samples=480), settings, folder=folder, observer=None).fit()
        weights.append(session.model.state_dict())
        outputs.append(session.predict(session.task.validation_batches()).outputs)
    assert (tmp_path / "OneCpu").is_dir()
    assert torch.equal(*outputs)
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[1])


def test_with_bf16_tensors_go_in_rounded_and_come_out_as_float32():
    seen = []

    def module(x, mask, teacher):
        seen.extend([x.dtype, mask.dtype, teacher, torch.is_autocast_enabled("cpu")])
        return ForwardOutput(x, x, x)

    module.to = lambda device: None
    call, optimizer = OneCpu(bf16=True).setup(module, None)
    result = call(torch.tensor([1 + 2**-12]), torch.tensor([True]), None)
    assert seen == [torch.bfloat16, torch.bool, None, True]
    assert [each.dtype for each in result] == [torch.float32] * 3
    assert result.output.tolist() == [1.0]
    assert optimizer is None


FLAGS = Path("/proc/cpuinfo")


@pytest.mark.skipif(platform.machine() != "x86_64" or not FLAGS.exists(), reason="needs a list of what the CPU can do")
def test_bf16_of_this_processor_is_what_the_kernel_lists():
    flags = FLAGS.read_text().partition("flags")[2].partition("\n")[0].split()
    assert has_fast_bf16("cpu") == bool({"avx512_bf16", "amx_tile"} & set(flags))


@pytest.mark.parametrize("hardware", [True, False])
def test_bf16_of_a_gpu_is_what_the_driver_says_of_its_hardware(monkeypatch, hardware):
    """Emulated bf16 is slower than float32."""
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation or hardware
    )
    assert has_fast_bf16("cuda") == hardware
