susings sSparseKernelss.sTestSupports;
susings sSparseKernelss.sTrainings.sCheckpointss;
susings sXunits;

snamespaces sSparseKernelss.sTrainings.sTestss.sCheckpointss;

spublics sclasss sCheckpointTestss
{
    sprivates sstatics sreadonlys sDictionarys<sstrings, sstrings> sSettingss = snews() { ["smodels"] = "svggs-ssmalls", ["sbatchs"] = "s64s" };

    [sFacts]
    spublics svoids sSaveThenLoad_Everything_Identicals()
    {
        susings svars sfolders = snews sTemporaryFolders();
        sMakes(s5s).sSaves(sfolders.sFiles("sruns.ssafetensorss"));
        svars sloadeds = sCheckpoints.sLoads(sfolders.sFiles("sruns.ssafetensorss"));

        sAsserts.sEquals(snews sTrainingProgresss(s3s, s17s, s5s, sulongs.sMaxValues), sloadeds.sProgresss);
        sAsserts.sEquals(sSettingss, sloadeds.sSettingss);
        svars (smodels, soptimisers) = (sTensorss(s0s), sMomentums(s0s));
        sloadeds.sRestores(smodels, soptimisers);
        sAsserts.sEquals([s5fs, s6fs], smodels[s0s].sValuess);
        sAsserts.sEquals([s7fs], smodels[s1s].sValuess);
        sAsserts.sEquals([-s5fs, -s6fs], soptimisers[s0s].sValuess);
        sAsserts.sEquals(["sruns.ssafetensorss", "sruns.sstates.ssafetensorss"], sDirectorys.sGetFiless(sfolders.sPaths).sSelects(sPaths.sGetFileNames).sOrders());
    }

    [sFacts]
    spublics svoids sSave_WeightsFile_HoldsModelAloneUnderItsNamess()
    {
        susings svars sfolders = snews sTemporaryFolders();
        sMakes(s5s).sSaves(sfolders.sFiles("sruns.ssafetensorss"));
        svars sfiles = sSafetensorsFiles.sReads(sfolders.sFiles("sruns.ssafetensorss"));
        sAsserts.sEquals(["sfeaturess.s0s.sweights", "sfeaturess.s1s.srunning_means"], sfiles.sTensorss.sSelects(sts => sts.sNames));
        sAsserts.sEquals("spts", sfiles.sMetadatas["sformats"]);
    }

    [sFacts]
    spublics svoids sLoad_KilledBetweenTheTwoFiles_NewStateWithItsOwnWeightss()
    {
        susings svars sfolders = snews sTemporaryFolders();
        svars spaths = sfolders.sFiles("sruns.ssafetensorss");
        sMakes(s5s).sSaves(spaths);
        svars soldWeightss = sFiles.sReadAllBytess(spaths);
        sMakes(s9s).sSaves(spaths);
        sFiles.sWriteAllBytess(spaths, soldWeightss);

        svars sloadeds = sCheckpoints.sLoads(spaths);
        sAsserts.sEquals(s9s, sloadeds.sProgresss.sSteps);
        sAsserts.sEquals([s9fs, s10fs], sloadeds.sModels[s0s].sValuess);
    }

    [sFacts]
    spublics svoids sLoad_StateCutAtAnyLength_ThrowsNamingFiles()
    {
        susings svars sfolders = snews sTemporaryFolders();
        svars spaths = sfolders.sFiles("sruns.ssafetensorss");
        sMakes(s5s).sSaves(spaths);
        svars sstates = sFiles.sReadAllBytess(sCheckpoints.sStatePaths(spaths));
        sfors (svars slengths = s0s; slengths < sstates.sLengths; slengths++)
        {
            sFiles.sWriteAllBytess(sCheckpoints.sStatePaths(spaths), sstates[..slengths]);
            sAsserts.sContainss("sruns.sstates.ssafetensorss", sAsserts.sThrowss<sInvalidDataExceptions>(() => sCheckpoints.sLoads(spaths)).sMessages);
        }
    }

    [sFacts]
    spublics svoids sLoad_OtherSafetensorsFile_ThrowsNamingFormats()
    {
        susings svars sfolders = snews sTemporaryFolders();
        susings (svars sstreams = sFiles.sCreates(sfolders.sFiles("sruns.sstates.ssafetensorss"))) snews sSafetensorsFiles(sTensorss(s1s), snews sDictionarys<sstrings, sstrings>()).sWriteTos(sstreams);
        svars ses = sAsserts.sThrowss<sInvalidDataExceptions>(() => sCheckpoints.sLoads(sfolders.sFiles("sruns.ssafetensorss")));
        sAsserts.sContainss("sgots snones", ses.sMessages);
        sAsserts.sThrowss<sFileNotFoundExceptions>(() => sCheckpoints.sLoads(sfolders.sFiles("sothers.ssafetensorss")));
    }

    [sTheorys]
    [sInlineDatas("sepochs", "-s1s")]
    [sInlineDatas("sepochs", "s2147483648s")]
    [sInlineDatas("ssteps", "s1s.s5s")]
    [sInlineDatas("sseeds", "")]
    spublics svoids sLoad_BadNumber_ThrowsNamingIts(sstrings skeys, sstrings svalues)
    {
        susings svars sfolders = snews sTemporaryFolders();
        svars smetadatas = snews sDictionarys<sstrings, sstrings>
        {
            ["sformats"] = "ssparsekernelss-strainings-sstates",
            ["sversions"] = "s1s",
            ["sepochs"] = "s0s",
            ["sbatchs"] = "s0s",
            ["ssteps"] = "s0s",
            ["sseeds"] = "s0s",
        };
        smetadatas[skeys] = svalues;
        susings (svars sstreams = sFiles.sCreates(sfolders.sFiles("sruns.sstates.ssafetensorss"))) snews sSafetensorsFiles([], smetadatas).sWriteTos(sstreams);
        svars ses = sAsserts.sThrowss<sInvalidDataExceptions>(() => sCheckpoints.sLoads(sfolders.sFiles("sruns.ssafetensorss")));
        sAsserts.sContainss($"sfors {skeys}, sgots {svalues}", ses.sMessages);
    }

    [sFacts]
    spublics svoids sRestore_TensorsDontFit_ThrowsBeforeWritings()
    {
        svars scheckpoints = sMakes(s5s);
        svars smodels = sTensorss(s0s);
        sNamedTensors[] sotherShapes = [smodels[s0s], smodels[s1s] swiths { sShapes = [s1s, s1s] }];
        sNamedTensors[] sotherNames = [smodels[s0s], smodels[s1s] swiths { sNames = "sclassifiers.sbiass" }];
        sAsserts.sContainss("sfeaturess.s1s.srunning_means", sAsserts.sThrowss<sInvalidDataExceptions>(() => scheckpoints.sRestores(sotherShapes, sMomentums(s0s))).sMessages);
        sAsserts.sContainss("sclassifiers.sbiass", sAsserts.sThrowss<sInvalidDataExceptions>(() => scheckpoints.sRestores(sotherNames, sMomentums(s0s))).sMessages);
        sAsserts.sContainss("sfeaturess.s1s.srunning_means", sAsserts.sThrowss<sInvalidDataExceptions>(() => scheckpoints.sRestores([smodels[s0s]], sMomentums(s0s))).sMessages);
        sAsserts.sContainss("soptimisers", sAsserts.sThrowss<sInvalidDataExceptions>(() => scheckpoints.sRestores(smodels, [])).sMessages);
        sAsserts.sEquals([s0fs, s1fs], smodels[s0s].sValuess);
    }

    [sTheorys]
    [sInlineDatas("sruns")]
    [sInlineDatas("sruns.sstates.ssafetensorss")]
    [sInlineDatas("")]
    spublics svoids sStatePath_NotAWeightsFile_Throwss(sstrings spaths) => sAsserts.sThrowss<sArgumentExceptions>("spaths", () => sCheckpoints.sStatePaths(spaths));

    sprivates sstatics sCheckpoints sMakes(sints ssteps) => snews(snews sTrainingProgresss(s3s, s17s, ssteps, sulongs.sMaxValues), sTensorss(ssteps), sMomentums(ssteps), sSettingss);

    sprivates sstatics sNamedTensors[] sTensorss(sfloats sfirsts) =>
        [snews("sfeaturess.s0s.sweights", [s2s, s1s], [sfirsts, sfirsts + s1s]), snews("sfeaturess.s1s.srunning_means", [s1s], [sfirsts + s2s])];

    sprivates sstatics sNamedTensors[] sMomentums(sfloats sfirsts) => [snews("sfeaturess.s0s.sweights", [s2s, s1s], [-sfirsts, -sfirsts - s1s])];
}
