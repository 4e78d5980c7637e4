"""What each operation of a traced network reads of its inputs: one rule an operation.

A rule is called with the shape of the result and the operation's own arguments, in which every
tensor that comes from the network's input is an `Origin`; it gives the `Origin` of the result.
`FUNCTIONS` and `MODULES` hold the rules under the names of `torch.nn.functional`, `torch.Tensor`
and `torch.nn`, whose documentation is the source of the arguments.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from torch import Tensor

from convlab.arithmetic import same_padding
from convlab.receptive import axes
from convlab.receptive.origins import (
    WHOLE,
    Origin,
    UnknownError,
    along,
    fitted,
    joined,
    length,
    reshaped,
)
from convlab.validation import Size

Shape = tuple[int, ...]

FUNCTIONS: dict[str, Callable[..., Any]] = {}
PARTS = {"chunk", "split", "tensor_split", "unbind"}  # rules that give an Origin for each result
SAME = (
    "abs add alpha_dropout batch_norm celu clamp clone contiguous cos detach div double"
    " dropout dropout1d dropout2d dropout3d elu eq exp expand expand_as feature_alpha_dropout"
    " float floordiv ge gelu gt hardshrink hardsigmoid hardswish hardtanh iadd imul isub le"
    " leaky_relu log log1p logit logsigmoid lt maximum minimum mish mul multiply ne neg pow"
    " prelu reciprocal relu relu6 requires_grad rrelu rsqrt rsub selu sigmoid sign silu sin"
    " softplus softshrink softsign sqrt square stochastic_depth sub tanh tanhshrink threshold"
    " to true_divide truediv type where"
)
ALIKE = {"elementwise", *SAME.split()}
ALIKE -= {"batch_norm", "expand", "expand_as", "prelu", "to", "type"}
SAME_MODULES = (
    "AlphaDropout CELU Dropout Dropout1d Dropout2d Dropout3d ELU FeatureAlphaDropout GELU"
    " Hardshrink Hardsigmoid Hardswish Hardtanh Identity LeakyReLU LogSigmoid Mish PReLU ReLU ReLU6"
    " RReLU SELU Sigmoid SiLU Softplus Softshrink Softsign SyncBatchNorm Tanh Tanhshrink Threshold"
)


def _rule(*names):
    def register(function):
        FUNCTIONS.update(dict.fromkeys(names, function))
        return function

    return register


def _from_input(x: object) -> Origin:
    if not isinstance(x, Origin):
        raise UnknownError("its first argument does not come from the network's input")
    return x


def _kernel_size(weight):
    if isinstance(weight, Origin):
        raise UnknownError("its weight comes from the network's input")
    return tuple(weight.shape[2:])


def _for_each_axis(value, count):
    """A setting that the operation itself has taken: one for all axes, or one for each."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * count


def _slide(shape, x, make, *settings, channels=False):
    """One Axis for each of the last dimensions, made of the settings along it."""
    columns = list(zip(*settings, strict=True))
    changes = {q - len(columns): make(*column) for q, column in enumerate(columns)}
    if channels:
        changes[-len(columns) - 1] = WHOLE
    return along(shape, _from_input(x), changes)


@_rule("conv1d", "conv2d", "conv3d")
def conv(
    shape: Shape,
    x: Origin,
    weight: Tensor | Origin,
    bias: object = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
    border: str = "zeros",
) -> Origin:
    k = _kernel_size(weight)
    d = _for_each_axis(dilation, len(k))
    if padding == "same":
        p = tuple(before for before, _ in same_padding(k, d))
    else:
        p = _for_each_axis(0 if padding == "valid" else padding, len(k))
    make = partial(axes.windows, border=border)
    return _slide(shape, x, make, k, _for_each_axis(stride, len(k)), p, d, channels=True)


@_rule("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def conv_transpose(
    shape: Shape,
    x: Origin,
    weight: Tensor | Origin,
    bias: object = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Origin:
    k = _kernel_size(weight)
    others = (_for_each_axis(setting, len(k)) for setting in (stride, padding, dilation))
    return _slide(shape, x, axes.stamps, k, *others, channels=True)


def pool(
    count: int,
    shape: Shape,
    x: Origin,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    *_: Any,
    **__: Any,
) -> Origin:
    k = _for_each_axis(kernel_size, count)
    s = k if stride is None or stride in ((), []) else _for_each_axis(stride, count)
    settings = (_for_each_axis(setting, count) for setting in (padding, dilation))
    return _slide(shape, x, axes.windows, k, s, *settings)


def avg_pool(
    count: int,
    shape: Shape,
    x: Origin,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    *_: Any,
    **__: Any,
) -> Origin:
    return pool(count, shape, x, kernel_size, stride, padding)


def adaptive_pool(
    count: int, shape: Shape, x: Origin, output_size: object, *_: Any, **__: Any
) -> Origin:
    sizes = map(length, _from_input(x).dims[-count:])
    columns = zip(range(-count, 0), sizes, shape[-count:], strict=True)
    return along(shape, x, {q: WHOLE if m == 1 else axes.bins(n, m) for q, n, m in columns})


for _count in (1, 2, 3):
    FUNCTIONS[f"max_pool{_count}d"] = partial(pool, _count)
    FUNCTIONS[f"max_pool{_count}d_with_indices"] = partial(pool, _count)
    FUNCTIONS[f"avg_pool{_count}d"] = partial(avg_pool, _count)
    for _kind in ("avg", "max"):
        FUNCTIONS[f"adaptive_{_kind}_pool{_count}d"] = partial(adaptive_pool, _count)


@_rule("pad")
def surround(
    shape: Shape, x: Origin, pad: Sequence[int], mode: str = "constant", value: object = None
) -> Origin:
    """`pad` counts (before, after), the last dimension first: only what is before moves things."""
    befores = enumerate(pad[::2])
    changes = {-q - 1: axes.windows(1, p=before, border=mode) for q, before in befores}
    return along(shape, _from_input(x), changes)


@_rule("interpolate", "upsample")
def interpolate(
    shape: Shape,
    x: Origin,
    size: object = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Origin:
    count = len(shape) - 2
    if antialias:
        raise UnknownError("antialias=True is not followed")
    if mode == "area":
        return adaptive_pool(count, shape, x, shape[-count:])
    factors = _for_each_axis(None if recompute_scale_factor else scale_factor, count)
    mode = mode if mode in ("nearest", "nearest-exact", "bicubic") else "linear"

    def samples(n, m, factor):
        if align_corners:
            ratio = Fraction(n - 1, m - 1) if m > 1 else Fraction(0)
            return axes.samples(mode, ratio, align_corners=True)
        ratio = factor and 1 / Fraction(factor).limit_denominator(10**6)
        return axes.samples(mode, ratio or Fraction(n, m))

    sizes = map(length, _from_input(x).dims[-count:])
    return _slide(shape, x, samples, sizes, shape[-count:], factors)


@_rule("pixel_shuffle")
def pixel_shuffle(shape: Shape, x: Origin, upscale_factor: int) -> Origin:
    return along(shape, _from_input(x), dict.fromkeys((-1, -2), axes.repeated(upscale_factor)))


@_rule("pixel_unshuffle")
def pixel_unshuffle(shape: Shape, x: Origin, downscale_factor: int) -> Origin:
    blocks = axes.windows(downscale_factor, downscale_factor)
    return along(shape, _from_input(x), dict.fromkeys((-1, -2), blocks))


@_rule("linear")
def linear(shape: Shape, x: Origin, *_: Any, **__: Any) -> Origin:
    return along(shape, _from_input(x), {-1: WHOLE})


@_rule("layer_norm")
def layer_norm(
    shape: Shape, x: Origin, normalized_shape: Sequence[int], *_: Any, **__: Any
) -> Origin:
    return along(shape, _from_input(x), {-q - 1: WHOLE for q in range(len(normalized_shape))})


@_rule("group_norm", "instance_norm")
def mixed_norm(shape: Shape, x: Origin, *_: Any, **__: Any) -> Origin:
    return along(shape, _from_input(x), dict.fromkeys(range(1, len(shape)), WHOLE))


@_rule("softmax", "log_softmax", "softmin")
def over_one(shape: Shape, x: Origin, *args: Any, dim: Any = None, **_: Any) -> Origin:
    dim = next((a for a in args if isinstance(a, int)), dim)
    if dim is None:
        raise UnknownError("its dim is not given")
    return along(shape, _from_input(x), {dim: WHOLE})


@_rule("mean", "sum", "amax", "amin", "std", "var", "prod", "logsumexp", "max", "min")
def reduce(shape: Shape, x: Origin, dim: Any = None, *args: Any, **_: Any) -> Origin:
    if isinstance(dim, Origin):
        return elementwise(shape, x, dim, *args)
    if isinstance(dim, bool):
        raise UnknownError("its dim is not given")
    x = _from_input(x)
    gone = range(len(x.dims)) if dim is None else _for_each_axis(dim, 1)
    gone = {d % len(x.dims) for d in gone}
    sizes = tuple(1 if d in gone else length(a) for d, a in enumerate(x.dims))
    origin = along(sizes, x, dict.fromkeys(gone, WHOLE))
    if len(shape) == len(sizes):
        return origin
    return Origin([dim for d, dim in enumerate(origin.dims) if d not in gone], origin.edges)


@_rule("flatten", "reshape", "view", "unflatten", "squeeze", "unsqueeze", "view_as", "reshape_as")
def reshape(shape: Shape, x: Origin, *_: Any, **__: Any) -> Origin:
    return reshaped(shape, _from_input(x))


@_rule("permute")
def permute(shape: Shape, x: Origin, *dims: Any) -> Origin:
    order = dims[0] if isinstance(dims[0], (tuple, list)) else dims
    return Origin([_from_input(x).dims[d] for d in order], [(x, (None,) * x.count)])


@_rule("transpose", "swapaxes", "swapdims")
def transpose(shape: Shape, x: Origin, first: int, second: int) -> Origin:
    order = list(range(len(shape)))
    order[first], order[second] = order[second], order[first]
    return permute(shape, x, order)


@_rule("getitem")
def getitem(shape: Shape, x: Origin | tuple[Origin, ...], index: Any) -> Origin:
    if isinstance(x, tuple):
        return x[index]
    index = list(index) if isinstance(index, tuple) else [index]
    count = sum(i is not None and i is not Ellipsis for i in index)
    if Ellipsis not in index:
        index.append(Ellipsis)
    at = index.index(Ellipsis)
    index[at : at + 1] = [slice(None)] * (len(_from_input(x).dims) - count)
    if not all(i is None or isinstance(i, (int, slice)) for i in index):
        raise UnknownError("it indexes by something else than integers and slices")
    sizes, dims = {}, iter(enumerate(map(length, x.dims)))
    pieces, changes = [], {}
    for i in index:
        if i is None:
            pieces.append(((None, 1),))
            continue
        dim, size = next(dims)
        start, stop, step = i.indices(size) if isinstance(i, slice) else (i % size, i % size + 1, 1)
        sizes[dim] = len(range(start, stop, step))
        if i != slice(None):
            changes[dim] = axes.picked(start, step)
        pieces.append(dim if isinstance(i, slice) else None)
    origin = along(tuple(sizes.values()), x, changes)
    dims = [origin.dims[p] if isinstance(p, int) else p for p in pieces if p is not None]
    return Origin(dims, origin.edges)


@_rule("getattr")
def named(shape: Shape, x: tuple[Origin, ...], name: str) -> Origin:
    """The fields of what `max` and `min` along an axis return."""
    if name not in ("values", "indices"):
        raise UnknownError(f"it asks for {name}")
    return x[0]


@_rule("unbind")
def unbind(shapes: Sequence[Shape], x: Origin, dim: int = 0) -> tuple[Origin, ...]:
    before = (slice(None),) * (dim % len(_from_input(x).dims))
    return tuple(getitem(shape, x, (*before, i)) for i, shape in enumerate(shapes))


@_rule("chunk", "split", "tensor_split")
def split(
    shapes: Sequence[Shape], x: Origin, *args: Any, dim: int = 0, **_: Any
) -> tuple[Origin, ...]:
    dim = (args[1] if len(args) > 1 else dim) % len(_from_input(x).dims)
    starts = [sum(shape[dim] for shape in shapes[:q]) for q in range(len(shapes))]
    return tuple(
        along(shape, x, {dim: axes.picked(start)})
        for shape, start in zip(shapes, starts, strict=True)
    )


@_rule("cat", "concat", "concatenate")
def cat(shape: Shape, tensors: Sequence[Tensor | Origin], dim: int = 0) -> Origin:
    dim %= len(shape)
    origins, start, edges = [t for t in tensors if isinstance(t, Origin)], 0, []
    spatial = {axis for origin in origins for axis, _ in origin.dims[dim]} - {None}
    for tensor in tensors:
        if isinstance(tensor, Origin):
            size = length(tensor.dims[dim])
            how = [axes.part(start, size) if a in spatial else None for a in range(tensor.count)]
            edges.append((tensor, how))
        else:
            size = tensor.shape[dim]
        start += size
    dims = joined(origins, len(shape))
    dims[dim] = ((next(iter(spatial), None), shape[dim]),)
    return fitted(dims, edges)


@_rule("stack")
def stack(shape: Shape, tensors: Sequence[Tensor | Origin], dim: int = 0) -> Origin:
    dim %= len(shape)
    origin = elementwise(shape[:dim] + shape[dim + 1 :], *tensors)
    dims = list(origin.dims)
    dims.insert(dim, ((None, len(tensors)),))
    return Origin(dims, origin.edges)


@_rule("matmul", "bmm")
def product(shape: Shape, x: Tensor | Origin, y: Tensor | Origin) -> Origin:
    """A dimension of a matrix that is summed over; all of both, where both are of the network."""
    if isinstance(x, Origin) and isinstance(y, Origin):
        return attention(shape, x, y)
    if isinstance(x, Origin):
        return along(shape, x, {-1: WHOLE})
    y = _from_input(y)
    if len(y.dims) != len(shape) or len(shape) < 2:
        raise UnknownError("its matrices have not as many dimensions as its result")
    return along(shape, y, {-2: WHOLE})


@_rule("scaled_dot_product_attention", "multi_head_attention")
def attention(shape: Shape, *tensors: Tensor | Origin, **_: Any) -> Origin:
    """Every element reads all."""
    origins = [tensor for tensor in tensors if isinstance(tensor, Origin)]
    edges = [(origin, tuple(map(axes.whole, origin.sizes))) for origin in origins]
    return Origin([((None, size),) for size in shape], edges)


@_rule("elementwise", *SAME.split())
def elementwise(shape: Shape, *args: Any, **kwargs: Any) -> Origin:
    origins = [p for p in (*args, *kwargs.values()) if isinstance(p, Origin)]
    dims = joined(origins, len(shape))
    dims = [
        dim if length(dim) == size else ((None, size),)
        for dim, size in zip(dims, shape, strict=True)
    ]
    return fitted(dims, [(origin, [None] * origin.count) for origin in origins])


@_rule("local_response_norm", "channel_shuffle", "native_channel_shuffle")
def over_channels(shape: Shape, x: Origin, *_: Any, **__: Any) -> Origin:
    return along(shape, _from_input(x), {1: WHOLE})


def _modules():
    """{class of torch.nn or convlab.nn: (rule, the attributes it takes, further arguments)}"""
    settings = "weight bias stride padding"
    table = {
        "Upsample": ("interpolate", "size scale_factor mode align_corners recompute_scale_factor"),
        "PixelShuffle": ("pixel_shuffle", "upscale_factor"),
        "PixelUnshuffle": ("pixel_unshuffle", "downscale_factor"),
        "LayerNorm": ("layer_norm", "normalized_shape"),
        "RMSNorm": ("layer_norm", "normalized_shape"),
        "Softmax": ("softmax", "dim"),
        "LogSoftmax": ("softmax", "dim"),
        "MultiheadAttention": ("multi_head_attention", ""),
    }
    same = {
        "linear": "Linear",
        "group_norm": "GroupNorm",
        "flatten": "Flatten Unflatten",
        "local_response_norm": "LocalResponseNorm ChannelShuffle Softmax2d",
        "elementwise": SAME_MODULES,
    }
    for rule, names in same.items():
        table |= dict.fromkeys(names.split(), (rule, ""))
    borders = {"Zero": "constant", "Constant": "constant", "Reflection": "reflect"}
    borders |= {"Replication": "replicate", "Circular": "circular"}
    for n in (1, 2, 3):
        sliding = (f"conv{n}d", f"{settings} dilation groups padding_mode")
        stamping = (f"conv_transpose{n}d", f"{settings} output_padding groups dilation")
        table |= {
            f"Conv{n}d": sliding,
            f"ConvTranspose{n}d": stamping,
            f"MaxPool{n}d": (f"max_pool{n}d", "kernel_size stride padding dilation"),
            f"AvgPool{n}d": (f"avg_pool{n}d", "kernel_size stride padding"),
            f"AdaptiveAvgPool{n}d": (f"adaptive_avg_pool{n}d", "output_size"),
            f"AdaptiveMaxPool{n}d": (f"adaptive_max_pool{n}d", "output_size"),
            f"InstanceNorm{n}d": ("instance_norm", ""),
        }
        # In eval mode, in which networks are read, each number is scaled by itself.
        table[f"BatchNorm{n}d"] = ("elementwise", "")
        table |= {f"{kind}Pad{n}d": ("pad", "padding", mode) for kind, mode in borders.items()}
    return table


MODULES = _modules()
