"""Types of the interpreter that have no name in `builtins`, by the names of the module `types`, which a start need not
import for them."""

from __future__ import annotations

import sys


def _function():
    yield


async def _coroutine():
    pass


async def _async_generator():
    yield


class _Class:
    __slots__ = ("member",)

    def method(self):
        pass


FunctionType = type(_function)
CodeType = type(_function.__code__)
GeneratorType = type(_function())
AsyncGeneratorType = type(_async_generator())
_begun = _coroutine()
CoroutineType = type(_begun)
_begun.close()  # else the interpreter warns that nobody awaited it
MethodType = type(_Class().method)
BuiltinFunctionType = type(len)
WrapperDescriptorType = type(object.__init__)
MethodWrapperType = type(object().__str__)
MethodDescriptorType = type(str.join)
ClassMethodDescriptorType = type(dict.__dict__["fromkeys"])
GetSetDescriptorType = type(FunctionType.__code__)
MemberDescriptorType = type(_Class.member)
MappingProxyType = type(type.__dict__)
ModuleType = type(sys)

try:
    raise TypeError
except TypeError as _error:
    TracebackType = type(_error.__traceback__)
    FrameType = type(_error.__traceback__.tb_frame)
