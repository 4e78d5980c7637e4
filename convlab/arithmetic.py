"""The arithmetic of convolution: sizes forward and back, paddings, parameter and multiply counts.

Every size and setting is an integer, or a tuple with one integer per axis; integers alone give an
integer, a tuple anywhere gives a tuple. Sizes count elements.
Source: V. Dumoulin and F. Visin, A guide to convolution arithmetic for deep learning, 2016.
"""

from math import prod
from numbers import Integral
from typing import overload

from convlab.validation import Size, integer, integers


@overload
def conv_output_size(
    size: tuple[int, ...],
    kernel_size: Size,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> tuple[int, ...]: ...
@overload
def conv_output_size(
    size: Size,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> Size: ...
def conv_output_size(
    size: Size,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> Size:
    """How many places a kernel finds on its way: floor((n + 2p - d(k - 1) - 1) / s) + 1.

    `padding` may be "valid" (none) or "same" (n is kept; stride 1). With `ceil_mode`, as pooling
    has it, a last window may reach over the end if it starts in the input or the padding before it.

    Raises:
        TypeError: a setting is not an integer or a tuple of integers.
        ValueError: a setting is out of range, tuples differ in length, or the kernel's reach
            d(k - 1) + 1 is larger than the padded input.

    Source: the Shape section of `torch.nn.Conv2d` and of `torch.nn.MaxPool2d`.
    """
    settings = {"size": size, "kernel_size": kernel_size, "stride": stride, "dilation": dilation}
    if padding == "same":
        if stride not in (1, (1,) * len(integers("stride", stride))):
            raise ValueError(f'stride must be 1 with padding "same", got {stride!r}')
        return _for_each_axis(
            lambda n, k, s, d: _places(n, k, s, d, sum(same_padding(k, d))), **settings
        )
    if isinstance(padding, str) and padding != "valid":
        raise ValueError(f'padding must be integers, "valid" or "same", got {padding!r}')
    settings["padding"] = 0 if padding == "valid" else padding
    return _for_each_axis(
        lambda n, k, s, d, p: _places(n, k, s, d, 2 * p, n + p if ceil_mode else 0), **settings
    )


def conv_input_sizes(
    output_size: Size, kernel_size: Size, stride: Size = 1, padding: Size = 0, dilation: Size = 1
) -> range | tuple[range, ...]:
    """All input sizes that `conv_output_size` takes to `output_size`: `stride` many, in order.

    Sizes below 1 are left out, so the range may be empty. Errors as in `conv_output_size`.

    Source: Dumoulin and Visin, 2016, section 4.5: several inputs share one output.
    """

    def sizes(o, k, s, p, d):
        least = (o - 1) * s + d * (k - 1) + 1 - 2 * p
        return range(max(1, least), max(1, least + s))

    return _for_each_axis(
        sizes,
        output_size=output_size,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
    )


@overload
def conv_transpose_output_size(
    size: tuple[int, ...],
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
) -> tuple[int, ...]: ...
@overload
def conv_transpose_output_size(
    size: Size,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
) -> Size: ...
def conv_transpose_output_size(
    size: Size,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
) -> Size:
    """The size a transposed convolution gives: (n - 1)s - 2p + d(k - 1) + output_padding + 1.

    Raises:
        TypeError: a setting is not an integer or a tuple of integers.
        ValueError: a setting is out of range, output_padding is not below the larger of stride and
            dilation, tuples differ in length, or nothing is left between the paddings.

    Source: the Shape section of `torch.nn.ConvTranspose2d`.
    """

    def stamped(n, k, s, p, extra, d):
        if extra >= max(s, d):
            raise ValueError(
                f"output_padding must be below stride {s} or dilation {d}, got {extra}"
            )
        result = (n - 1) * s - 2 * p + d * (k - 1) + extra + 1
        if result < 1:
            raise ValueError(
                f"nothing is left: size {n}, kernel_size {k}, stride {s}, padding {p},"
                f" output_padding {extra} and dilation {d} give {result}"
            )
        return result

    return _for_each_axis(
        stamped,
        size=size,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
    )


def output_padding_for(
    size: Size,
    output_size: Size,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> Size:
    """The `output_padding` with which a transposed convolution takes `size` to `output_size`.

    Raises:
        TypeError: a setting is not an integer or a tuple of integers.
        ValueError: a setting is out of range, or no output_padding gives that size; the message
            names those that can be had.

    Source: the `output_size` argument of `torch.nn.ConvTranspose2d`.
    """

    def needed(n, o, k, s, p, d):
        least = (n - 1) * s - 2 * p + d * (k - 1) + 1
        if not 0 <= o - least < max(s, d):
            raise ValueError(
                f"output_size must be between {least} and {least + max(s, d) - 1} for size {n},"
                f" kernel_size {k}, stride {s}, padding {p} and dilation {d}, got {o}"
            )
        return o - least

    return _for_each_axis(
        needed,
        size=size,
        output_size=output_size,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
    )


def same_padding(kernel_size: Size, dilation: Size = 1) -> tuple:
    """How many elements to add (before, after) so that a stride of 1 keeps the size.

    They sum to d(k - 1); where that is odd, the one more goes after. Tuples give a pair per axis.
    Errors as in `conv_output_size`.

    Source: `padding="same"` of `torch.nn.functional.conv2d`.
    """

    def pair(k, d):
        total = d * (k - 1)
        return total // 2, total - total // 2

    return _for_each_axis(pair, kernel_size=kernel_size, dilation=dilation)


def parameter_count(
    in_channels: int,
    out_channels: int,
    kernel_size: Size,
    groups: int = 1,
    bias: bool = True,
) -> int:
    """How many numbers a convolution learns: out * (in / groups) * kernel, and out for the bias.

    The same for a transposed convolution. An integer `kernel_size` stands for one axis.

    Raises:
        TypeError: an argument is not an integer (or a tuple, kernel_size).
        ValueError: an argument is below 1, or groups does not divide the channels.

    Source: the Variables section of `torch.nn.Conv2d`.
    """
    require_groups(in_channels, out_channels, groups)
    weights = out_channels * (in_channels // groups) * prod(integers("kernel_size", kernel_size))
    return weights + (out_channels if bias else 0)


def multiply_count(
    in_channels: int, out_channels: int, kernel_size: Size, output_size: Size, groups: int = 1
) -> int:
    """How many multiply-accumulates a convolution takes for one example: weights times places.

    `output_size` is that of the convolution; for a transposed one give the size of its input,
    whose every element meets every weight of its channel. Padding counts like data; the bias is
    not counted. Errors as in `parameter_count`.

    Source: half the floating-point operations of `torch.utils.flop_counter`.
    """
    weights = parameter_count(in_channels, out_channels, kernel_size, groups, bias=False)
    return weights * prod(integers("output_size", output_size))


def require_groups(in_channels: int, out_channels: int, groups: int) -> None:
    """Counts are integers of at least 1, and groups divides both channels.

    Raises:
        TypeError: a count is not an integer.
        ValueError: a count is below 1, or groups does not divide the channels.
    """
    integer("in_channels", in_channels)
    integer("out_channels", out_channels)
    integer("groups", groups)
    if in_channels % groups or out_channels % groups:
        raise ValueError(
            f"groups must divide in_channels and out_channels, got groups={groups},"
            f" in_channels={in_channels}, out_channels={out_channels}"
        )


def _for_each_axis(function, **settings):
    """`function` of the settings, axis by axis: integers are repeated to the longest tuple."""
    tuples = {
        name: integers(name, v, least=int("padding" not in name)) for name, v in settings.items()
    }
    lengths = {name: len(v) for name, v in settings.items() if not isinstance(v, Integral)}
    if not lengths:
        return function(*(value for (value,) in tuples.values()))
    axes = max(lengths.values())
    if set(lengths.values()) != {axes}:
        raise ValueError(f"tuples must have one length, got {lengths}")
    columns = [v if n in lengths else v * axes for n, v in tuples.items()]
    return tuple(function(*column) for column in zip(*columns, strict=True))


def _places(n, k, s, d, padding, last_start=0):
    """Places of the kernel, and one over the end if it starts before `last_start`."""
    reach = d * (k - 1) + 1
    places, rest = divmod(n + padding - reach, s)
    places += 1 + (rest > 0 and (places + 1) * s < last_start)
    if places < 1:
        raise ValueError(
            f"the kernel does not fit: size {n} with {padding} of padding in all is less than"
            f" dilation {d} * (kernel_size {k} - 1) + 1 = {reach}"
        )
    return places
