// Something native fails in its own code.
export const before = 1;
export const uri = decodeURIComponent("%"); // probe: uri
