"""exec, eval and compile: code without a file is nobody's file: it is not recorded, what it calls is."""


def run(source, name):
    namespace = {"__name__": "made", "helper": helper}
    exec(compile(source, name, "exec"), namespace)
    return namespace["made"](2)


def helper(x):
    return x + 1


print(run("def made(n):\n    return helper(n)\n", "<made>"))
print(eval("helper(5)"))
exec("def inline(n):\n    return helper(n) * 2\nprint(inline(1))")
