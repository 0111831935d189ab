"""AdamW that does not load the compiler.

Every optimiser of torch imports ``torch._dynamo`` when it is made, about a second, so that `torch.compile` knows where
to stop. Nothing is compiled here.
"""

import inspect

import torch


class AdamW(torch.optim.AdamW):
    """``torch.optim.AdamW`` without the wrappers that `torch.compile` needs around its methods; the same arithmetic.

    ``differentiable=True`` is of no effect: a step is never part of a graph. Source: Loshchilov & Hutter,
    arXiv 1711.05101.
    """

    add_param_group = inspect.unwrap(torch.optim.AdamW.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.AdamW.zero_grad)
    state_dict = inspect.unwrap(torch.optim.AdamW.state_dict)
    load_state_dict = inspect.unwrap(torch.optim.AdamW.load_state_dict)
    step = torch.no_grad()(inspect.unwrap(torch.optim.AdamW.step))
