namespace Gateway.Admin;

/// <summary>The fields of an account that operators state, at create and update alike.</summary>
public static class AccountFields
{
    // An account's keys are counted and revoked in one transaction.
    private const int MaxActiveKeysLimit = 1_000;

    /// <summary>Its own limit of active keys; null for the configured one.</summary>
    public static int? MaxActiveKeys(Fields fields)
    {
        const string Name = "maxActiveKeys";
        var limit = fields.Integer(Name);
        if (limit is < 0 or > MaxActiveKeysLimit)
            fields.Refuse(
                Name,
                "OUT_OF_RANGE",
                $"Must be 0 to {MaxActiveKeysLimit}, or null for the configured limit."
            );
        return limit;
    }

    /// <summary>True or false; null when it was not sent. There is no third state to clear it to.</summary>
    public static bool? Flag(Fields fields, string name)
    {
        var flag = fields.Flag(name);
        if (flag is null && fields.Has(name))
            fields.RefuseOnce(name, "REQUIRED", "Must be true or false.");
        return flag;
    }
}
