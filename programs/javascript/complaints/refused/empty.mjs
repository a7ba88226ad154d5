// Something that the other imports, and not what it asks for.
export const something = 1;
