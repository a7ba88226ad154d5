"""The application's main module."""


def main():
    return "from the archive"


print(main())
