// k6/execution: which iteration this is.
export const scenario = { name: '', iterationInTest: 0 };
export default { scenario };
